import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { UPDATE_PROFILE } from "../trusted-auth/attestation-operations.js";
import {
  AUTHENTICATE_SESSION,
  authenticate,
  authenticateFailure,
  createSessionMember,
  EXCHANGE_SESSION,
} from "./session-operations.js";

const DAY = 24 * 60;
const PATH = { code: "BAD_USER_INPUT", path: ["input", "sessionDurationMinutes"] };
const UPDATE_PROJECT = `mutation ($input: UpdateProjectInput!) {
  updateProject(input: $input) {
    project { maximumSessionDurationMinutes maximumSessionAgeMinutes }
  }
}`;

describe("the length of a session", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let anonymous: GraphqlClient;
  let member: Awaited<ReturnType<typeof createSessionMember>>;

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator, anonymous } = server);
    member = await createSessionMember(server, operator);
  });

  afterAll(async () => {
    await server.stop();
  });

  const inMinutes = (minutes: number) =>
    new Date(server.clock.now().getTime() + minutes * 60_000).toISOString();
  const afterMinutes = (minutes: number) => server.clock.advance(minutes * 60);
  const lasting = (sessionDurationMinutes: number) => ({ sessionDurationMinutes });
  const withLimits = async (limits: object, work: () => Promise<void>) => {
    await operator.request(UPDATE_PROJECT, { input: limits });
    try {
      await work();
    } finally {
      const none = { maximumSessionDurationMinutes: null, maximumSessionAgeMinutes: null };
      const { updateProject } = await operator.request(UPDATE_PROJECT, { input: none });
      expect(updateProject.project).toEqual(none);
    }
  };

  test("is 30 days at most for a caller without a key, and 366 days with one", async () => {
    const { sessionToken } = await member.startSession();
    const credential = { sessionToken };
    const month = await authenticate(anonymous, credential, lasting(30 * DAY));
    expect(month.session.expiresAt).toBe(inMinutes(30 * DAY));
    const longer = { input: { credential, ...lasting(30 * DAY + 1) } };
    const { message, extensions } = await anonymous.failure(AUTHENTICATE_SESSION, longer);
    expect(message).toContain("Must be at most 43200 minutes");
    expect(extensions).toEqual(PATH);
    const reader = await server.keyWith("sessions:read");
    expect(await authenticateFailure(reader, credential, lasting(30 * DAY + 1))).toEqual(PATH);
    const year = await authenticate(operator, credential, lasting(366 * DAY));
    expect(year.session.expiresAt).toBe(inMinutes(366 * DAY));
  });

  test("cannot be extended for ever by a caller without a key, neither by token nor by JWT", async () => {
    const { sessionToken, session } = await member.startSession();
    const end = inMinutes(30 * DAY);
    let { sessionJwt } = await authenticate(anonymous, { sessionToken }, lasting(20 * DAY));
    afterMinutes(15 * DAY);
    for (const credential of [{ sessionToken }, { sessionJwt }]) {
      const extended = await authenticate(anonymous, credential, lasting(20 * DAY));
      expect(extended.session.expiresAt).toBe(end);
      ({ sessionJwt } = extended);
    }
    afterMinutes(15 * DAY);
    for (const credential of [{ sessionToken }, { sessionJwt }]) {
      expect(await authenticateFailure(anonymous, credential, lasting(5))).toEqual({
        code: "SESSION_NOT_FOUND",
      });
    }
    expect(session.startedAt < end).toBe(true);
  });

  test("stays what a key has set when a caller without one asks for more", async () => {
    const { sessionToken, session } = await member.startSession(lasting(60 * DAY));
    afterMinutes(40 * DAY);
    const credential = { sessionToken };
    const unchanged = await authenticate(anonymous, credential, lasting(30 * DAY));
    expect(unchanged.session.expiresAt).toBe(session.expiresAt);
    const shorter = await authenticate(anonymous, credential, lasting(5));
    expect(shorter.session.expiresAt).toBe(inMinutes(5));
  });

  test("has a maximum age, which no extension, factor or exchange exceeds", async () => {
    await withLimits({ maximumSessionAgeMinutes: 120 }, async () => {
      const { organizationId } = await createOrganization(operator);
      await createMember(operator, organizationId);
      const { sessionToken } = await member.startSession();
      const end = inMinutes(120);
      afterMinutes(50);
      for (const caller of [anonymous, operator]) {
        const credential = { sessionToken };
        const extended = await authenticate(caller, credential, lasting(100));
        expect(extended.session.expiresAt).toBe(end);
        const input = { credential, organizationId, ...lasting(100) };
        const { exchangeSession } = await caller.request(EXCHANGE_SESSION, { input });
        expect(exchangeSession.session.expiresAt).toBe(end);
        expect(exchangeSession.session.startedAt).toBe(server.clock.now().toISOString());
        const again = { ...input, credential: { sessionToken: exchangeSession.sessionToken } };
        const twice = await caller.request(EXCHANGE_SESSION, { input: again });
        expect(twice.exchangeSession.session.expiresAt).toBe(end);
      }
      afterMinutes(40);
      const attested = await member.startSession({ session: { sessionToken }, ...lasting(120) });
      expect(attested.session.expiresAt).toBe(end);
      const beyond = await authenticate(operator, { sessionToken }, lasting(121));
      expect(beyond.session.expiresAt).toBe(end);
    });
  });

  test("has a maximum duration, which is refused with its value for every caller", async () => {
    await withLimits({ maximumSessionDurationMinutes: 30 }, async () => {
      const { session, sessionToken } = await member.startSession();
      expect(session.expiresAt).toBe(inMinutes(30));
      for (const caller of [anonymous, operator]) {
        expect(await authenticateFailure(caller, { sessionToken }, lasting(31))).toEqual(PATH);
        await authenticate(caller, { sessionToken }, lasting(30));
      }
      await expect(member.startSession(lasting(31))).rejects.toThrow("at most 30 minutes");
    });
  });

  test("keeps the maximum of the profile that started it", async () => {
    const other = await createSessionMember(server, operator, {
      maximumSessionDurationMinutes: 20,
    });
    const { organizationId } = await createOrganization(operator);
    await createMember(operator, organizationId);
    const { session, sessionToken } = await other.startSession();
    expect(session.expiresAt).toBe(inMinutes(20));
    const credential = { sessionToken };
    expect(await authenticateFailure(anonymous, credential, lasting(21))).toEqual(PATH);
    const input = { credential, organizationId, ...lasting(21) };
    expect((await operator.failure(EXCHANGE_SESSION, { input })).extensions).toEqual(PATH);
    const { profileId } = other;
    await operator.request(UPDATE_PROFILE, {
      input: { profileId, maximumSessionDurationMinutes: null },
    });
    const longer = await other.startSession({ session: { sessionToken } });
    expect(longer.session.expiresAt).toBe(inMinutes(20));
    expect((await other.startSession()).session.expiresAt).toBe(inMinutes(60));
  });

  test("is not shortened by a lower maximum, but cannot grow any more", async () => {
    const { session, sessionToken } = await member.startSession(lasting(10 * DAY));
    afterMinutes(DAY);
    await withLimits({ maximumSessionAgeMinutes: 60 }, async () => {
      const extended = await authenticate(operator, { sessionToken }, lasting(60));
      expect(extended.session.expiresAt).toBe(inMinutes(60));
      afterMinutes(30);
      const again = await authenticate(operator, { sessionToken }, lasting(60));
      expect(again.session.expiresAt).toBe(inMinutes(30));
    });
    expect(session.expiresAt > inMinutes(DAY)).toBe(true);
  });

  test.each([4, 527_041])("cannot have a maximum of %d minutes", async (minutes) => {
    for (const field of ["maximumSessionDurationMinutes", "maximumSessionAgeMinutes"]) {
      const { extensions } = await operator.failure(UPDATE_PROJECT, {
        input: { [field]: minutes },
      });
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", field] });
    }
    const input = { profileId: member.profileId, maximumSessionDurationMinutes: minutes };
    expect((await operator.failure(UPDATE_PROFILE, { input })).extensions.path).toEqual([
      "input",
      "maximumSessionDurationMinutes",
    ]);
  });
});
