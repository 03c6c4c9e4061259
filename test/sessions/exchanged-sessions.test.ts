import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  createMember,
  createOrganization,
  DELETE_MEMBER,
  DELETE_ORGANIZATION,
  updateMember,
  updateOrganization,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import type { AttestedSession } from "../trusted-auth/attestation-operations.js";
import {
  AUTHENTICATE_SESSION,
  createSessionMember,
  EXCHANGE_SESSION,
  REVOKE_SESSION,
} from "./session-operations.js";

describe("an exchanged session", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let anonymous: GraphqlClient;
  let member: Awaited<ReturnType<typeof createSessionMember>>;
  let started: AttestedSession;
  let exchanged: AttestedSession;
  /** A session that was exchanged from `exchanged`. */
  let twice: AttestedSession;

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator, anonymous } = server);
  });

  beforeEach(async () => {
    server.clock.advance(61);
    member = await createSessionMember(server, operator);
    started = await member.startSession();
    exchanged = await exchange(started);
    twice = await exchange(exchanged);
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Exchanges a session for one in a new organization of the same person. */
  const exchange = async ({ sessionToken }: AttestedSession): Promise<AttestedSession> => {
    const { organizationId } = await createOrganization(operator);
    await createMember(operator, organizationId);
    const input = { organizationId, credential: { sessionToken } };
    return (await anonymous.request(EXCHANGE_SESSION, { input })).exchangeSession;
  };
  const areActive = async () => {
    const answers = [started, exchanged, twice].map(({ sessionToken }) =>
      anonymous.send(AUTHENTICATE_SESSION, { input: { credential: { sessionToken } } }),
    );
    return (await Promise.all(answers)).map(({ errors }) => errors.length === 0);
  };
  const { memberId, organizationId } = {
    memberId: (session: AttestedSession) => session.session.memberId,
    organizationId: (session: AttestedSession) => session.session.organizationId,
  };

  test("is revoked with the session that it was exchanged from, however often", async () => {
    expect(await areActive()).toEqual([true, true, true]);
    const target = { sessionToken: started.sessionToken };
    await operator.request(REVOKE_SESSION, { input: { target } });
    expect(await areActive()).toEqual([false, false, false]);
  });

  test("is revoked without the session that it was exchanged from", async () => {
    const { sessionId } = exchanged.session;
    await operator.request(REVOKE_SESSION, { input: { target: { sessionId } } });
    expect(await areActive()).toEqual([true, false, false]);
  });

  test.each<[string, () => Promise<unknown>]>([
    [
      "all sessions of its first member are revoked",
      () =>
        operator.request(REVOKE_SESSION, { input: { target: { memberId: memberId(started) } } }),
    ],
    [
      "its first member is deactivated",
      () => updateMember(operator, { memberId: memberId(started), status: "INACTIVE" }),
    ],
    [
      "its first organization is deactivated",
      () =>
        updateOrganization(operator, {
          organizationId: organizationId(started),
          status: "INACTIVE",
        }),
    ],
    [
      "its first member is deleted",
      () => operator.request(DELETE_MEMBER, { input: { memberId: memberId(started) } }),
    ],
    [
      "its first organization is deleted",
      () =>
        operator.request(DELETE_ORGANIZATION, {
          input: { organizationId: organizationId(started) },
        }),
    ],
  ])("ends when %s", async (_what, end) => {
    await end();
    expect(await areActive()).toEqual([false, false, false]);
  });

  test("outlives the session that it was exchanged from when that one expires", async () => {
    server.clock.advance(3000);
    const later = await exchange(exchanged);
    server.clock.advance(700);
    expect(await areActive()).toEqual([false, false, false]);
    const credential = { sessionToken: later.sessionToken };
    await anonymous.request(AUTHENTICATE_SESSION, { input: { credential } });
  });

  test("does not escape a revocation that comes at the same time", async () => {
    const target = { sessionId: started.session.sessionId };
    const { organizationId } = await createOrganization(operator);
    await createMember(operator, organizationId);
    const input = { organizationId, credential: { sessionToken: twice.sessionToken } };
    const exchanges = Array.from({ length: 5 }, () => anonymous.send(EXCHANGE_SESSION, { input }));
    await operator.request(REVOKE_SESSION, { input: { target } });
    for (const { data } of await Promise.all(exchanges)) {
      const token = data?.exchangeSession?.sessionToken;
      if (!token) continue;
      const credential = { sessionToken: token };
      const { errors } = await anonymous.send(AUTHENTICATE_SESSION, { input: { credential } });
      expect(errors[0]?.extensions.code).toBe("SESSION_NOT_FOUND");
    }
  });
});
