import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { AuditEvent } from "../../src/audit/audit-event.entity.js";
import { Session } from "../../src/sessions/session.entity.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { sweepExpired } from "../support/housekeeping.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest } from "../trusted-auth/attestation-operations.js";
import {
  AUTHENTICATE_SESSION,
  authenticate,
  authenticateFailure,
  createSessionMember,
  EXCHANGE_SESSION,
  REVOKE_SESSION,
} from "./session-operations.js";

const NOT_FOUND = { code: "SESSION_NOT_FOUND" };

describe("a member without a management key", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let anonymous: GraphqlClient;
  let member: Awaited<ReturnType<typeof createSessionMember>>;

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator, anonymous } = server);
  });

  beforeEach(async () => {
    server.clock.advance(3600);
    member = await createSessionMember(server, operator, { publicExchange: true });
  });

  afterAll(async () => {
    await server.stop();
  });

  const rows = async () => {
    const { read } = server.services.unitOfWork;
    return {
      sessions: await read.countBy(Session, { memberId: member.memberId }),
      events: await read.countBy(AuditEvent, { actorId: member.memberId }),
    };
  };
  const startPublicly = async () => {
    const { profileId, organizationId } = member;
    return attest(anonymous, { profileId, organizationId, token: await member.token() });
  };
  /** Starts sessions within the limit of an address, which ends with each minute. */
  const startMany = async (count: number) => {
    for (let rest = count; rest > 0; rest -= 25) {
      server.clock.advance(61);
      await Promise.all(Array.from({ length: Math.min(rest, 25) }, startPublicly));
    }
    server.clock.advance(61);
  };
  const exchange = (
    sessionToken: string,
    organizationId = member.organizationId,
    as: GraphqlClient = anonymous,
  ) => as.send(EXCHANGE_SESSION, { input: { organizationId, credential: { sessionToken } } });
  const tally = (answers: { errors: { extensions: { code: string } }[] }[]) => {
    const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? "OK");
    return Object.fromEntries(
      [...new Set(codes)].map((code) => [code, codes.filter((other) => other === code).length]),
    );
  };

  test("leaves one audit event for all extensions of an hour", async () => {
    const { sessionToken } = await member.startSession();
    for (let count = 0; count < 100; count++) {
      await authenticate(anonymous, { sessionToken }, { sessionDurationMinutes: 60 });
    }
    const { auditEvents } = await operator.request(
      `query ($filter: AuditEventFilter) {
        auditEvents(filter: $filter) { nodes { action count targetId occurredAt } }
      }`,
      { filter: { actorId: member.memberId } },
    );
    const { sessionId } = (await authenticate(anonymous, { sessionToken })).session;
    expect(auditEvents.nodes).toEqual([
      {
        action: "SESSION_EXTEND",
        count: 100,
        targetId: sessionId,
        occurredAt: server.clock.now().toISOString(),
      },
    ]);
  });

  test("can extend a session 600 times a minute, which limits neither its authentication nor another one", async () => {
    const { sessionToken, sessionJwt } = await member.startSession();
    const other = await member.startSession();
    const extension = { sessionDurationMinutes: 60 };
    const extend = (credential: object) =>
      anonymous.send(AUTHENTICATE_SESSION, { input: { credential, ...extension } });
    const extensions = [];
    for (let batch = 0; batch < 60; batch++) {
      extensions.push(
        ...(await Promise.all(Array.from({ length: 10 }, () => extend({ sessionToken })))),
      );
    }
    expect(tally(extensions)).toEqual({ OK: 600 });
    const further = [await extend({ sessionToken }), await extend({ sessionJwt })];
    expect(tally(further)).toEqual({ RATE_LIMITED: 2 });
    await authenticate(anonymous, { sessionToken });
    await authenticate(anonymous, { sessionToken: other.sessionToken }, extension);
    await authenticate(operator, { sessionToken }, extension);
    server.clock.advance(60);
    await authenticate(anonymous, { sessionToken }, extension);
  });

  test("does not pile up sessions by exchanges into its own organization", async () => {
    const { sessionToken } = await startPublicly();
    const answers = [];
    for (let count = 0; count < 30; count++) answers.push(await exchange(sessionToken));
    const further = Array.from({ length: 170 }, () => exchange(sessionToken));
    answers.push(...(await Promise.all(further)));
    expect(tally(answers)).toEqual({ OK: 30, RATE_LIMITED: 170 });
    expect(await rows()).toEqual({ sessions: 2, events: 2 });
    const latest = answers[29]?.data.exchangeSession.sessionToken;
    for (const token of [sessionToken, latest]) {
      await authenticate(anonymous, { sessionToken: token });
    }
  });

  test("has at most 100 sessions, of which the oldest gives way", async () => {
    const byOperator = await member.startSession();
    const { sessionToken: first } = await startPublicly();
    const { sessionToken: second } = await startPublicly();
    await startMany(98);
    const last = (await startPublicly()).sessionToken;
    expect((await rows()).sessions).toBe(101);
    const send = (sessionToken: string) =>
      anonymous.send(AUTHENTICATE_SESSION, { input: { credential: { sessionToken } } });
    const oldest = tally([await send(first), await send(second)]);
    expect(oldest).toEqual({ OK: 1, SESSION_NOT_FOUND: 1 });
    expect(tally([await send(last), await send(byOperator.sessionToken)])).toEqual({ OK: 2 });
  });

  test("keeps the sessions exchanged from one that gave way, until all of its own are revoked", async () => {
    const { organizationId } = await createOrganization(operator);
    await createMember(operator, organizationId);
    const { sessionToken } = await startPublicly();
    const { data } = await exchange(sessionToken, organizationId);
    await startMany(99);
    await startPublicly();
    const exchanged = { sessionToken: data.exchangeSession.sessionToken };
    await authenticate(anonymous, exchanged);
    expect(await authenticateFailure(anonymous, { sessionToken })).toMatchObject(NOT_FOUND);
    const { memberId } = member;
    await operator.request(REVOKE_SESSION, { input: { target: { memberId } } });
    expect(await authenticateFailure(anonymous, exchanged)).toMatchObject(NOT_FOUND);
  });

  describe("with a key that may not write sessions", () => {
    let reader: GraphqlClient;

    beforeAll(async () => {
      reader = await server.keyWith("sessions:read", "audit:read");
    });

    test("exchanges sessions as often as without one, as the member", async () => {
      const { sessionToken } = await startPublicly();
      const answers = [];
      for (let count = 0; count < 45; count++) {
        answers.push(await exchange(sessionToken, member.organizationId, reader));
      }
      expect(tally(answers)).toEqual({ OK: 30, RATE_LIMITED: 15 });
      expect(await rows()).toEqual({ sessions: 2, events: 2 });
    });

    test("leaves one audit event for its extensions of an hour, as the member", async () => {
      const { sessionToken } = await member.startSession();
      for (let count = 0; count < 20; count++) {
        await authenticate(reader, { sessionToken }, { sessionDurationMinutes: 60 });
      }
      expect(await rows()).toEqual({ sessions: 1, events: 1 });
    });

    test("extends a session 600 times a minute", async () => {
      const { sessionToken } = await member.startSession();
      const answers = [];
      for (let batch = 0; batch < 61; batch++) {
        const input = { credential: { sessionToken }, sessionDurationMinutes: 60 };
        const send = () => reader.send(AUTHENTICATE_SESSION, { input });
        answers.push(...(await Promise.all(Array.from({ length: 10 }, send))));
      }
      expect(tally(answers)).toEqual({ OK: 600, RATE_LIMITED: 10 });
    });

    test("does not reach sessions of another project", async () => {
      const other = await server.otherProject();
      const { sessionToken } = await (
        await createSessionMember(server, other.operator)
      ).startSession();
      expect(await authenticateFailure(reader, { sessionToken })).toMatchObject(NOT_FOUND);
      expect(tally([await exchange(sessionToken, member.organizationId, reader)])).toEqual({
        SESSION_NOT_FOUND: 1,
      });
    });
  });

  test("leaves nothing after 30 days", async () => {
    const { sessionToken } = await startPublicly();
    await authenticate(anonymous, { sessionToken }, { sessionDurationMinutes: 60 });
    await exchange(sessionToken);
    expect(await rows()).toEqual({ sessions: 2, events: 3 });
    server.clock.advance(30 * 24 * 3600 - 1);
    await sweepExpired(server);
    expect(await rows()).toEqual({ sessions: 0, events: 3 });
    server.clock.advance(1);
    await sweepExpired(server);
    expect(await rows()).toEqual({ sessions: 0, events: 0 });
  });

  test("who guesses credentials is limited to 600 a minute from an address", async () => {
    const { sessionToken } = await member.startSession();
    const guess = (index: number) =>
      anonymous.send(AUTHENTICATE_SESSION, {
        input: { credential: index % 2 ? { sessionJwt: "x.y.z" } : { sessionToken: "guess" } },
      });
    const guesses = await Promise.all(Array.from({ length: 620 }, (_, index) => guess(index)));
    expect(tally(guesses)).toEqual({ SESSION_NOT_FOUND: 600, RATE_LIMITED: 20 });
    await authenticate(anonymous, { sessionToken });
  });
});
