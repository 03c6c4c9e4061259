// The API: `GET /orders` needs the scope orders:read, and `POST /reports` the scope reports:write.
import { requireAccessToken } from "@countersign/sdk/express";
import { createVerifier } from "@countersign/sdk/verify";
import express from "express";

const { COUNTERSIGN_ISSUER = "", API_AUDIENCE = "", PORT = "3000" } = process.env;

// One verifier for the whole process: it holds the keys of the issuer, and asks nobody about single tokens.
const verifier = createVerifier({ issuer: COUNTERSIGN_ISSUER, audience: API_AUDIENCE });
const mayRead = requireAccessToken({ verifier, scopes: ["orders:read"] });
const mayReport = requireAccessToken({ verifier, scopes: ["reports:write"] });

const orders = [
  { id: "1001", total: 25 },
  { id: "1002", total: 80 },
];
/** @type {object[]} */
const reports = [];

const app = express();
app.get("/orders", mayRead, (_request, response) => {
  response.json(orders);
});
app.post("/reports", mayReport, express.json(), (request, response) => {
  const by = request.accessToken?.clientId; // who calls
  response.status(201).json({ report: reports.push({ ...request.body, by }) });
});
app.listen(Number(PORT), "localhost", (error) => {
  if (error) throw error; // such as a port that is taken
  console.log(`listens on http://localhost:${PORT}`);
});
