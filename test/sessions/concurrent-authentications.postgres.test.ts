import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createClient, issueToken } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { waitUntil } from "../support/wait-until.js";
import { authenticate, createSessionMember } from "./session-operations.js";

/** More than the connections of a process. */
const CALLS = 30;

const BLOCKED = `SELECT 1 FROM pg_stat_activity
  WHERE wait_event_type = 'Lock' AND datname = current_database()`;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

test("extensions that wait for one session leave connections for all others, and its authentication waits for none", async () => {
  const { unitOfWork } = server.services;
  const member = await createSessionMember(server, server.operator);
  const { sessionToken } = await member.startSession();
  const client = await createClient(server.operator);
  const locked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holder = unitOfWork.write(async (manager) => {
    await manager.query("SELECT 1 FROM sessions FOR UPDATE");
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  const calls = Array.from({ length: CALLS }, () =>
    authenticate(server.anonymous, { sessionToken }, { sessionDurationMinutes: 60 }),
  );
  try {
    await waitUntil(async () => (await unitOfWork.read.query(BLOCKED)).length > 0);
    expect(await issueToken(server.anonymous, client)).toMatchObject({ tokenType: "Bearer" });
    await authenticate(server.anonymous, { sessionToken });
  } finally {
    release.resolve();
  }
  await holder;
  for (const { session } of await Promise.all(calls))
    expect(session.memberId).toBe(member.memberId);
});
