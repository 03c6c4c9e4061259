import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startHousekeeping } from "../../src/housekeeping.js";
import { Session } from "../../src/sessions/session.entity.js";
import { systemCaller } from "../../src/shared/caller.js";
import { MAX_CLOCK_DIFFERENCE_SECONDS } from "../../src/shared/clock.js";
import { newId } from "../../src/shared/ids.js";
import { createMember } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { sweepExpired } from "../support/housekeeping.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  createSessionMember,
  GET_SESSION,
  LIST_SESSIONS,
  REVOKE_SESSION,
} from "./session-operations.js";

function fail(details: unknown): void {
  throw new Error(`unexpected log entry: ${JSON.stringify(details)}`);
}

const NOT_FOUND = { code: "SESSION_NOT_FOUND" };

describe("sessions", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let member: Awaited<ReturnType<typeof createSessionMember>>;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    member = await createSessionMember(server, operator);
  });

  afterAll(async () => {
    await server.stop();
  });

  const revoke = async (target: object) =>
    (await operator.request(REVOKE_SESSION, { input: { target } })).revokeSession.sessionId;
  const revokeFailure = async (as: GraphqlClient, target: object) =>
    (await as.failure(REVOKE_SESSION, { input: { target } })).extensions;
  const find = async (as: GraphqlClient, sessionId: string) =>
    (await as.request(GET_SESSION, { sessionId })).session;
  const listOf = async (owner: object, page: object = {}) =>
    (await operator.request(LIST_SESSIONS, { owner, ...page })).sessions;
  const another = async (organizationId: string) =>
    (await createMember(operator, organizationId, { emailAddress: "other@example.com" })).memberId;
  const startSession = async (memberId: string) => {
    const { memberStore, projectStore, sessionStarter, unitOfWork } = server.services;
    const { projectId } = server;
    const factor = {
      type: "trusted_auth_token" as const,
      deliveryMethod: "trusted_token_exchange" as const,
      tokenId: "token",
      profileId: "profile",
      onlyInOrganizationId: null,
      lastAuthenticatedAt: server.clock.now().toISOString(),
    };
    const { session } = await unitOfWork.write(async () =>
      sessionStarter.start(systemCaller(projectId), await memberStore.get(projectId, memberId), {
        project: await projectStore.get(projectId),
        factor,
      }),
    );
    return session.sessionId;
  };
  const list = async () => listOf({ memberId: member.memberId });

  test("can be read until they end", async () => {
    const { session } = await member.startSession({ sessionCustomClaims: { plan: "pro" } });
    expect(await find(operator, session.sessionId)).toEqual(session);
    server.clock.advance(3600);
    expect(await find(operator, session.sessionId)).toBeNull();
  });

  test("are listed by member, newest first", async () => {
    await revoke({ memberId: member.memberId });
    const first = await member.startSession();
    server.clock.advance(1);
    const second = await member.startSession();
    expect(await list()).toMatchObject({
      nodes: [second, first].map(({ session: { sessionId } }) => ({ sessionId })),
      totalCount: 2,
    });
  });

  test.each(["sessionId", "sessionToken", "sessionJwt"] as const)(
    "are revoked once by %s",
    async (field) => {
      const { session, ...credentials } = await member.startSession();
      const input = { [field]: field === "sessionId" ? session.sessionId : credentials[field] };
      expect(await revoke(input)).toBe(session.sessionId);
      expect(await revokeFailure(operator, input)).toEqual(NOT_FOUND);
      expect(await find(operator, session.sessionId)).toBeNull();
    },
  );

  test("are revoked by an expired JWT", async () => {
    const { session, sessionJwt } = await member.startSession();
    server.clock.advance(301);
    expect(await revoke({ sessionJwt })).toBe(session.sessionId);
  });

  test("of a member are revoked all at once", async () => {
    await member.startSession();
    await member.startSession();
    expect(await revoke({ memberId: member.memberId })).toBeNull();
    expect((await list()).totalCount).toBe(0);
    expect(await revoke({ memberId: member.memberId })).toBeNull();
    expect(await revokeFailure(operator, { memberId: "member_unknown" })).toEqual({
      code: "MEMBER_NOT_FOUND",
    });
  });

  test.each([
    [{}, "none was given"],
    [{ sessionId: null, sessionToken: null, sessionJwt: null, memberId: null }, "none was given"],
    [{ sessionId: "a", memberId: "b" }, "sessionId and memberId were given"],
    [{ sessionId: "a", sessionToken: "b", sessionJwt: "c", memberId: "d" }, "all were given"],
  ])("are revoked by exactly one target, not %j", async (target, given) => {
    const { message, extensions } = await operator.failure(REVOKE_SESSION, { input: { target } });
    const fields = "sessionId, sessionToken, sessionJwt and memberId";
    expect(message).toBe(`Give exactly one of ${fields}; ${given}`);
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "target"] });
  });

  test("are revoked by a target whose other fields are null", async () => {
    const { session } = await member.startSession();
    const target = { sessionId: session.sessionId, sessionToken: null, memberId: null };
    expect(await revoke(target)).toBe(session.sessionId);
  });

  test("of another project are reported as not found", async () => {
    const other = (await server.otherProject()).operator;
    const { session, sessionToken, sessionJwt } = await member.startSession();
    const { sessionId, memberId } = session;
    expect(await find(other, sessionId)).toBeNull();
    for (const input of [{ sessionId }, { sessionToken }, { sessionJwt }]) {
      expect(await revokeFailure(other, input)).toEqual(NOT_FOUND);
    }
    expect(await revokeFailure(other, { memberId })).toEqual({ code: "MEMBER_NOT_FOUND" });
    const failure = await other.failure(LIST_SESSIONS, { owner: { memberId } });
    expect(failure.extensions).toEqual({ code: "MEMBER_NOT_FOUND" });
    expect(await find(operator, sessionId)).not.toBeNull();
  });

  test("require their permissions", async () => {
    const reader = await server.keyWith("sessions:read");
    expect(await revokeFailure(reader, { sessionId: "x" })).toMatchObject({ code: "FORBIDDEN" });
    const writer = await server.keyWith("sessions:write");
    const failure = await writer.failure(GET_SESSION, { sessionId: "x" });
    expect(failure.extensions.code).toBe("FORBIDDEN");
  });

  test("end when their member is deleted", async () => {
    const leaver = await createSessionMember(server, operator);
    const { session } = await leaver.startSession();
    await operator.request(
      `mutation ($input: DeleteMemberInput!) { deleteMember(input: $input) { memberId } }`,
      { input: { memberId: leaver.memberId } },
    );
    expect(await find(operator, session.sessionId)).toBeNull();
  });

  test("are listed by organization, page by page", async () => {
    const { organizationId, memberId } = await createSessionMember(server, operator);
    expect((await listOf({ organizationId })).totalCount).toBe(0);
    const started: string[] = [];
    for (const each of [memberId, await another(organizationId), memberId]) {
      started.unshift(await startSession(each));
      server.clock.advance(1);
    }
    const first = await listOf({ organizationId }, { first: 2 });
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    const after = first.pageInfo.endCursor;
    const second = await listOf({ organizationId }, { first: 2, after });
    expect([...first.nodes, ...second.nodes]).toEqual(started.map((sessionId) => ({ sessionId })));
    expect((await listOf({ memberId })).totalCount).toBe(2);
    expect((await listOf({ memberId, organizationId: null })).totalCount).toBe(2);
    for (const [owner, given] of [
      [{}, "none was given"],
      [{ memberId: null }, "none was given"],
      [{ memberId, organizationId }, "both were given"],
    ] as const) {
      const { message, extensions } = await operator.failure(LIST_SESSIONS, { owner });
      expect(message).toBe(`Give exactly one of memberId and organizationId; ${given}`);
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["owner"] });
    }
    const other = (await server.otherProject()).operator;
    const failure = await other.failure(LIST_SESSIONS, { owner: { organizationId } });
    expect(failure.extensions).toEqual({ code: "ORGANIZATION_NOT_FOUND" });
  });

  test("are deleted one day after their end, and consumed token ids once they have expired for every process", async () => {
    const { services, clock } = server;
    const log = { error: (details: unknown) => expect(details).toBeUndefined() };
    const housekeeping = startHousekeeping(services, clock, log as never);
    const count = async (table: string) =>
      Number((await services.unitOfWork.read.query(`SELECT COUNT(*) AS n FROM ${table}`))[0].n);
    await member.startSession({ sessionDurationMinutes: 527_040 });
    const revoked = await member.startSession({ sessionDurationMinutes: 527_040 });
    await revoke({ sessionId: revoked.session.sessionId });
    const singleUse = await createSessionMember(server, operator, { singleUseTokenId: true });
    await singleUse.startSession();
    const before = await count("sessions");
    expect(before).toBeGreaterThan(2);
    await housekeeping.sweep();
    expect(await count("consumed_ids")).toBe(1);
    clock.advance(300 + 60 + MAX_CLOCK_DIFFERENCE_SECONDS);
    await housekeeping.sweep();
    expect(await count("consumed_ids")).toBe(1);
    clock.advance(1);
    await housekeeping.sweep();
    expect(await count("consumed_ids")).toBe(0);
    expect(await count("sessions")).toBe(before);
    clock.advance(26 * 3600);
    await housekeeping.sweep();
    expect(await count("sessions")).toBe(1);
    await housekeeping.stop();
  });

  test("are deleted one day after their end, even if all sessions of the member are revoked later", async () => {
    const { services, clock } = server;
    const { memberId, startSession } = await createSessionMember(server, operator);
    const { sessionId } = (await startSession({ sessionDurationMinutes: 3 * 1440 })).session;
    await revoke({ sessionId });
    clock.advance(20 * 3600);
    await revoke({ memberId });
    clock.advance(4 * 3600);
    await sweepExpired(server);
    expect(await services.unitOfWork.read.countBy(Session, { memberId })).toBe(0);
  });

  test("are deleted in batches, between which other requests are served", async () => {
    const { services, clock } = server;
    const { organizationId, memberId } = await createSessionMember(server, operator);
    const now = clock.now();
    const rows = Array.from({ length: 1_200 }, (_, index) => ({
      projectId: server.projectId,
      sessionId: newId("session"),
      memberId,
      organizationId,
      tokenHash: `hash-${index}`,
      startedAt: now,
      lastAccessedAt: now,
      expiresAt: new Date(now.getTime() + (index < 600 ? 0 : 3_600_000)),
      revokedAt: index < 600 ? null : now,
      customClaims: {},
      authenticationFactors: [],
    }));
    await services.unitOfWork.write((manager) => manager.insert(Session, rows as never));
    const { sessionId } = (await member.startSession({ sessionDurationMinutes: 3 * 1440 })).session;
    const housekeeping = startHousekeeping(services, clock, { error: fail } as never);
    const remaining = async () => services.unitOfWork.read.countBy(Session, { memberId });
    clock.advance(24 * 3600 - 1);
    await housekeeping.sweep();
    expect(await remaining()).toBe(1_200);
    clock.advance(1);
    const counts: number[] = [];
    const sweeping = housekeeping.sweep();
    // A concurrent sweep joins the running one.
    expect(housekeeping.sweep()).toBe(sweeping);
    let isSwept = false;
    void sweeping.then(() => {
      isSwept = true;
    });
    while (!isSwept) {
      counts.push(await remaining());
      await setImmediate();
    }
    expect(await remaining()).toBe(0);
    expect(new Set(counts.filter((count) => count > 0 && count < 1_200)).size).toBeGreaterThan(0);
    expect(await find(operator, sessionId)).not.toBeNull();
    await housekeeping.stop();
  });
});
