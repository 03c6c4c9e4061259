import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Session } from "../../src/sessions/session.entity.js";
import { flushFacts } from "../support/housekeeping.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { authenticate, createSessionMember } from "./session-operations.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

test("recording accesses waits for no session that is being changed", async () => {
  const { unitOfWork } = server.services;
  const member = await createSessionMember(server, server.operator);
  const sessions = [await member.startSession(), await member.startSession()];
  server.clock.advance(120);
  for (const { sessionToken } of sessions) await authenticate(server.anonymous, { sessionToken });
  const [changing, other] = sessions.map(({ session }) => session.sessionId);
  const locked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holder = unitOfWork.write(async (manager) => {
    await manager.query("SELECT 1 FROM sessions WHERE session_id = $1 FOR UPDATE", [changing]);
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  try {
    expect(await flushFacts(server)).toBe(true);
  } finally {
    release.resolve();
  }
  await holder;
  const lastAccessOf = async (sessionId = "") =>
    (await unitOfWork.read.findOneByOrFail(Session, { sessionId })).lastAccessedAt;
  expect(await lastAccessOf(other)).toEqual(server.clock.now());
  expect(await lastAccessOf(changing)).not.toEqual(server.clock.now());
});
