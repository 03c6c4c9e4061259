import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { In } from "typeorm";
import { Session } from "../../src/sessions/session.entity.js";
import {
  createMember,
  createOrganization,
  DELETE_MEMBER,
  DELETE_ORGANIZATION,
  updateMember,
  updateOrganization,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { sweepExpired } from "../support/housekeeping.js";
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
  const exchange = async (
    { sessionToken }: AttestedSession,
    options: object = {},
  ): Promise<AttestedSession> => {
    const { organizationId } = await createOrganization(operator);
    await createMember(operator, organizationId);
    const input = { organizationId, credential: { sessionToken }, ...options };
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

  describe("from one that has ended and that housekeeping would delete", () => {
    const LONG = { sessionDurationMinutes: 30 * 24 * 60 };
    const rows = () => server.services.unitOfWork.read.countBy(Session, {});
    const endAndSweep = async () => {
      server.clock.advance(2 * 24 * 3600);
      await sweepExpired(server);
    };

    test("is revoked with an earlier session", async () => {
      started = await member.startSession(LONG);
      exchanged = await exchange(started, { sessionDurationMinutes: 5 });
      twice = await exchange(exchanged, LONG);
      await endAndSweep();
      expect(await areActive()).toEqual([true, false, true]);
      const { sessionId } = started.session;
      await operator.request(REVOKE_SESSION, { input: { target: { sessionId } } });
      expect(await areActive()).toEqual([false, false, false]);
    });

    test("is revoked with the sessions of that one's member", async () => {
      exchanged = await exchange(started, { sessionDurationMinutes: 5 });
      twice = await exchange(exchanged, LONG);
      await endAndSweep();
      expect(await areActive()).toEqual([false, false, true]);
      const target = { memberId: memberId(started) };
      await operator.request(REVOKE_SESSION, { input: { target } });
      expect(await areActive()).toEqual([false, false, false]);
    });

    test("keeps few of them, however often it was exchanged between two organizations", async () => {
      const organizationIds = [started, exchanged].map(organizationId);
      let { sessionToken } = exchanged;
      for (let count = 0; count < 20; count++) {
        const input = {
          organizationId: organizationIds[count % 2],
          credential: { sessionToken },
          sessionDurationMinutes: count < 19 ? 5 : LONG.sessionDurationMinutes,
        };
        const answer = await anonymous.request(EXCHANGE_SESSION, { input });
        ({ sessionToken } = answer.exchangeSession);
      }
      await endAndSweep();
      const memberIds = [started, exchanged].map(memberId);
      const { read } = server.services.unitOfWork;
      expect(await read.countBy(Session, { memberId: In(memberIds) })).toBe(3);
      const send = () =>
        anonymous.send(AUTHENTICATE_SESSION, { input: { credential: { sessionToken } } });
      expect((await send()).errors).toEqual([]);
      const target = { memberId: memberId(started) };
      await operator.request(REVOKE_SESSION, { input: { target } });
      expect((await send()).errors[0]?.extensions.code).toBe("SESSION_NOT_FOUND");
    });

    test("is deleted together with it, and so are those before", async () => {
      await exchange(twice, LONG);
      await endAndSweep();
      expect(await rows()).toBeGreaterThanOrEqual(4);
      server.clock.advance(30 * 24 * 3600);
      await endAndSweep();
      expect(await rows()).toBe(0);
    });
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
