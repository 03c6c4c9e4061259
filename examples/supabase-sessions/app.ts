// The application's backend. Its page sends the Supabase token once, and has a session in cookies from then on.
import { CountersignError } from "@countersign/sdk/management";
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from "express";
import { endSession, renewedJwt, startSession, verifiedSession } from "./sessions.ts";

const { PORT = "3000" } = process.env;
// Add `secure: true` where pages come over https.
const COOKIE = { httpOnly: true, sameSite: "strict" } as const;

const app = express().use(express.json());

app.post("/session", async (request, response) => {
  const { sessionToken, sessionJwt, member } = await startSession(request.body.supabaseToken);
  response.cookie("session_token", sessionToken, COOKIE).cookie("session_jwt", sessionJwt, COOKIE);
  response.status(201).json({ email: member.emailAddress, name: member.name });
});

const requireSession: RequestHandler = async (request, response, next) => {
  let session = await verifiedSession(cookie(request, "session_jwt"));
  if (!session) {
    const sessionJwt = await renewedJwt(cookie(request, "session_token"));
    console.log("has asked Countersign for the next session JWT");
    response.cookie("session_jwt", sessionJwt, COOKIE);
    session = await verifiedSession(sessionJwt);
  }
  response.locals["session"] = session;
  next();
};

app.get("/me", requireSession, (_request, response) => {
  response.json({ memberId: response.locals["session"].memberId });
});

app.delete("/session", async (request, response) => {
  await endSession(cookie(request, "session_token"));
  response.clearCookie("session_token").clearCookie("session_jwt").status(204).end();
});

function cookie({ headers }: Request, name: string): string {
  const pairs = headers.cookie?.split("; ").map((pair) => pair.split("=")) ?? [];
  return pairs.find(([key]) => key === name)?.[1] ?? "";
}

const REFUSALS: string[] = ["INVALID_TRUSTED_AUTH_TOKEN", "SESSION_NOT_FOUND"];

const answerRefusal: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof CountersignError) || !REFUSALS.includes(error.code)) {
    next(error);
    return;
  }
  // The message says more than a user should read: it belongs into your log.
  console.log(`refuses: ${error.message}`);
  response.status(401).json({ code: error.code, reason: error.reason, claim: error.claim });
};
app.use(answerRefusal);
app.listen(Number(PORT), "localhost", (error) => {
  if (error) throw error; // such as a port that is taken
  console.log(`listens on http://localhost:${PORT}`);
});
