// A stand-in for the sign-in that your application has: it asks for no password, and keeps sessions in memory.
import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";

export interface User {
  userId: string;
  plan: string;
}

const users = new Map<string, User>([
  ["ada", { userId: "user-1815", plan: "pro" }],
  ["grace", { userId: "user-1906", plan: "free" }],
]);
const sessions = new Map<string, User>();

export const signIn: RequestHandler = (request, response) => {
  const user = users.get(request.body.name);
  if (!user) {
    response.status(401).json({ error: "Nobody has this name" });
    return;
  }
  const session = randomUUID();
  sessions.set(session, user);
  response.cookie("session", session, { httpOnly: true, sameSite: "strict" }).json(user);
};

/** Puts the user into `response.locals.user`. */
export const requireSignIn: RequestHandler = (request, response, next) => {
  const [, session = ""] = /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? "") ?? [];
  response.locals["user"] = sessions.get(session);
  if (response.locals["user"]) next();
  else response.status(401).json({ error: "Sign in first" });
};
