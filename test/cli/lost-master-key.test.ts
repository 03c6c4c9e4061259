import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runCommand } from "../support/command-line.js";
import { createClient, importClient, issueToken, VERIFY_TOKEN } from "../support/operations.js";
import { type ServerProcesses, serverProcesses } from "../support/server-process.js";

const newKey = () => randomBytes(32).toString("base64url");

let processes: ServerProcesses;

beforeAll(async () => {
  processes = await serverProcesses();
});

afterAll(async () => {
  await processes.cleanUp();
});

test("a database outlives the loss of its master key: no token and no secret ends", async () => {
  const former = await processes.start({ MASTER_KEY: newKey() });
  const client = await createClient(former.operator);
  const imported = { clientId: "imported", clientSecret: "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2" };
  await importClient(former.operator, { ...imported, scopes: [] });
  await issueToken(former.anonymous, imported);
  const { accessToken } = await issueToken(former.anonymous, client);
  await former.end("SIGTERM");

  const MASTER_KEY = newKey();
  const { code, output } = await processes.expectStartFailure({ MASTER_KEY });
  expect([code, output]).toEqual([1, expect.stringMatching(/^MASTER_KEY: .*another master key/m)]);

  const env = { DATA_DIR: processes.dataDir, MASTER_KEY, ...processes.databaseSettings };
  const first = await runCommand(["recover-key", "--signing-keys"], env);
  expect([first.exitCode, first.stdout]).toEqual([
    0,
    expect.stringMatching(/^Replaced 2 signing keys/),
  ]);
  const second = await runCommand(["recover-key", "--signing-keys"], env);
  expect([second.exitCode, second.stdout]).toEqual([
    0,
    expect.stringContaining("nothing was replaced"),
  ]);

  const server = await processes.start({ MASTER_KEY });
  for (const credentials of [client, imported]) {
    const issued = await issueToken(server.anonymous, credentials);
    await server.operator.request(VERIFY_TOKEN, { input: { accessToken: issued.accessToken } });
  }
  await server.operator.request(VERIFY_TOKEN, { input: { accessToken } });
  const { auditEvents } = await server.operator.request(
    "{ auditEvents(filter: { action: SIGNING_KEY_REPLACE }) { totalCount } }",
  );
  expect(auditEvents.totalCount).toBe(2);
  await server.end("SIGTERM");
});
