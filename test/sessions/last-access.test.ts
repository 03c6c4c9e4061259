import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { LastUsedTracker } from "../../src/persistence/last-used-tracker.js";
import { RateLimitCounter } from "../../src/rate-limit/rate-limit-counter.entity.js";
import { Session } from "../../src/sessions/session.entity.js";
import { flushFacts } from "../support/housekeeping.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import type { AttestedSession } from "../trusted-auth/attestation-operations.js";
import { authenticate, createSessionMember, GET_SESSION } from "./session-operations.js";

let server: TestServer;
let member: Awaited<ReturnType<typeof createSessionMember>>;
let started: AttestedSession;

beforeAll(async () => {
  server = await startTestServer();
  member = await createSessionMember(server, server.operator);
});

beforeEach(async () => {
  started = await member.startSession();
});

afterAll(async () => {
  await server.stop();
});

const now = () => server.clock.now().toISOString();
const access = async () =>
  (await authenticate(server.anonymous, { sessionToken: started.sessionToken })).session
    .lastAccessedAt;
const stored = async () => {
  await flushFacts(server);
  const { sessionId } = started.session;
  return (await server.operator.request(GET_SESSION, { sessionId })).session.lastAccessedAt;
};

test("each answer has the time of the call, and the session keeps it to the minute", async () => {
  const { startedAt } = started.session;
  server.clock.advance(59);
  expect(await access()).toBe(now());
  expect(await stored()).toBe(startedAt);
  server.clock.advance(1);
  expect(await access()).toBe(now());
  const recorded = now();
  expect(await stored()).toBe(recorded);
  server.clock.advance(30);
  await access();
  expect(await stored()).toBe(recorded);
});

test("an authentication counts no event of a session that it knows", async () => {
  const { read } = server.services.unitOfWork;
  const counters = await read.countBy(RateLimitCounter, {});
  await access();
  expect(await read.countBy(RateLimitCounter, {})).toBe(counters);
});

test("an earlier access that another process writes later changes nothing", async () => {
  const { unitOfWork } = server.services;
  const elsewhere = new LastUsedTracker(
    unitOfWork,
    server.clock,
    Session,
    "sessionId",
    "lastAccessedAt",
  );
  const { sessionId } = started.session;
  server.clock.advance(60);
  const { projectId } = server;
  elsewhere.touch(
    { projectId },
    sessionId,
    new Date(started.session.startedAt),
    server.clock.now(),
  );
  server.clock.advance(30);
  await access();
  const latest = await stored();
  await elsewhere.flush();
  expect(await stored()).toBe(latest);
});
