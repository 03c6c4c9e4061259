// The API: it reads from the token whose key calls, and serves the data of that user alone.
import { requireAccessToken } from "@countersign/sdk/express";
import { createVerifier } from "@countersign/sdk/verify";
import express from "express";

const { COUNTERSIGN_ISSUER = "", API_AUDIENCE = "", PORT = "3000" } = process.env;

const reports = new Map([
  ["user-1815", ["Notes on the engine", "Bernoulli numbers"]],
  ["user-1906", ["The first compiler"]],
]);

const verifier = createVerifier({ issuer: COUNTERSIGN_ISSUER, audience: API_AUDIENCE });
const mayRead = requireAccessToken({ verifier, scopes: ["read:reports"] });

const app = express();
app.get("/reports", mayRead, (request, response) => {
  // The claims template has put them into the token. Nothing that the caller sends says who it is.
  const { user_id: userId, plan } = request.accessToken?.claims ?? {};
  if (typeof userId !== "string") {
    response.status(403).json({ error: "This client belongs to no user" });
    return;
  }
  response.json({ plan, reports: reports.get(userId) ?? [] });
});
app.listen(Number(PORT), "localhost", (error) => {
  if (error) throw error; // such as a port that is taken
  console.log(`listens on http://localhost:${PORT}`);
});
