// The job: reads the orders, and stores a report. It runs once, as cron starts it: `0 3 * * * node job.mjs`
import { createTokenSource, secretFile } from "@countersign/sdk/client";

const { COUNTERSIGN_ISSUER = "", API_AUDIENCE = "", CLIENT_ID = "" } = process.env;
const { CLIENT_SECRET, CLIENT_SECRET_FILE = "", API_URL = "http://localhost:3000" } = process.env;

// It gets a token when one is needed, and renews it before it expires.
const tokens = createTokenSource({
  issuer: COUNTERSIGN_ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET ?? secretFile(CLIENT_SECRET_FILE), // a file may change while a program runs
  audience: API_AUDIENCE,
});

/** @param {string} path @param {RequestInit} [init] */
async function call(path, init) {
  const response = await tokens.fetch(API_URL + path, init); // fetch with `Authorization: Bearer …`
  if (response.ok) return response.json();
  throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

try {
  const orders = await call("/orders");
  const body = JSON.stringify({ orders: orders.length });
  const headers = { "content-type": "application/json" };
  const { report } = await call("/reports", { method: "POST", headers, body });
  console.log(`${orders.length} orders are in report ${report}`);
} catch (error) {
  console.error(`failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1; // so that cron sends a mail
}
