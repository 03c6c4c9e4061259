import { expect, test } from "@jest/globals";
import { setRetryStatus } from "../../../src/graphql/retry-status.js";

type Code = "RATE_LIMITED" | "SERVICE_UNAVAILABLE";

/** The answer to an operation whose only field is null. */
async function statusOf(operation: "query" | "mutation", code: Code, path: string[]) {
  const http = { status: 200, headers: new Map<string, string>() };
  const errors = [{ message: "", path, extensions: { code, retryAfterSeconds: 7 } }];
  const singleResult = { data: { createClient: null }, errors };
  const context = {
    operation: { operation },
    response: { http, body: { kind: "single", singleResult } },
  };
  await setRetryStatus(context as unknown as Parameters<typeof setRetryStatus>[0]);
  return [http.status, http.headers.get("retry-after")];
}

const ROOT = ["createClient"];
const BELOW = ["createClient", "client", "events"];

test("a field that is refused as a whole may be asked for again", async () => {
  expect(await statusOf("mutation", "SERVICE_UNAVAILABLE", ROOT)).toEqual([503, "7"]);
  expect(await statusOf("mutation", "RATE_LIMITED", ROOT)).toEqual([429, "7"]);
  expect(await statusOf("query", "SERVICE_UNAVAILABLE", BELOW)).toEqual([503, "7"]);
});

test("a mutation whose answer cannot be read may be repeated by its idempotency key, and is not refused by a limit", async () => {
  expect(await statusOf("mutation", "SERVICE_UNAVAILABLE", BELOW)).toEqual([503, "7"]);
  expect(await statusOf("mutation", "RATE_LIMITED", BELOW)).toEqual([200, undefined]);
});
