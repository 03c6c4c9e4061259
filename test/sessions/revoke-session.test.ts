import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startHousekeeping } from "../../src/housekeeping.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  GET_SESSION,
  LIST_SESSIONS,
  REVOKE_SESSION,
  signedInMember,
} from "./session-operations.js";

const ABSENT = { code: "SESSION_NOT_FOUND" };

describe("sessions", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let member: Awaited<ReturnType<typeof signedInMember>>;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    member = await signedInMember(server, operator);
  });

  afterAll(async () => {
    await server.stop();
  });

  const revoke = async (input: object) =>
    (await operator.request(REVOKE_SESSION, { input })).revokeSession.sessionId;
  const revokeFailure = async (as: GraphqlClient, input: object) =>
    (await as.failure(REVOKE_SESSION, { input })).extensions;
  const find = async (as: GraphqlClient, sessionId: string) =>
    (await as.request(GET_SESSION, { sessionId })).session;
  const list = async () =>
    (await operator.request(LIST_SESSIONS, { memberId: member.memberId })).sessions;

  test("can be looked at until they end", async () => {
    const { session } = await member.begin({ sessionCustomClaims: { plan: "pro" } });
    expect(await find(operator, session.sessionId)).toEqual(session);
    server.clock.advance(3600);
    expect(await find(operator, session.sessionId)).toBeNull();
  });

  test("are listed by member, newest first", async () => {
    await revoke({ memberId: member.memberId });
    const first = await member.begin();
    server.clock.advance(1);
    const second = await member.begin();
    expect(await list()).toEqual({
      nodes: [second, first].map(({ session: { sessionId } }) => ({ sessionId })),
      totalCount: 2,
    });
  });

  test.each(["sessionId", "sessionToken", "sessionJwt"] as const)(
    "are revoked by %s, once",
    async (field) => {
      const { session, ...credentials } = await member.begin();
      const input = { [field]: field === "sessionId" ? session.sessionId : credentials[field] };
      expect(await revoke(input)).toBe(session.sessionId);
      expect(await revokeFailure(operator, input)).toEqual(ABSENT);
      expect(await find(operator, session.sessionId)).toBeNull();
    },
  );

  test("are revoked by an expired JWT too", async () => {
    const { session, sessionJwt } = await member.begin();
    server.clock.advance(301);
    expect(await revoke({ sessionJwt })).toBe(session.sessionId);
  });

  test("of a member are revoked all at once", async () => {
    await member.begin();
    await member.begin();
    expect(await revoke({ memberId: member.memberId })).toBeNull();
    expect((await list()).totalCount).toBe(0);
    expect(await revoke({ memberId: member.memberId })).toBeNull();
    expect(await revokeFailure(operator, { memberId: "member_unknown" })).toEqual({
      code: "MEMBER_NOT_FOUND",
    });
  });

  test("are named in exactly one way", async () => {
    expect(await revokeFailure(operator, {})).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "sessionId"],
    });
    expect(await revokeFailure(operator, { sessionId: "a", memberId: "b" })).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "memberId"],
    });
  });

  test("of another project are not there", async () => {
    const other = (await server.otherProject()).operator;
    const { session, sessionToken, sessionJwt } = await member.begin();
    const { sessionId, memberId } = session;
    expect(await find(other, sessionId)).toBeNull();
    for (const input of [{ sessionId }, { sessionToken }, { sessionJwt }]) {
      expect(await revokeFailure(other, input)).toEqual(ABSENT);
    }
    expect(await revokeFailure(other, { memberId })).toEqual({ code: "MEMBER_NOT_FOUND" });
    const failure = await other.failure(LIST_SESSIONS, { memberId });
    expect(failure.extensions).toEqual({ code: "MEMBER_NOT_FOUND" });
    expect(await find(operator, sessionId)).not.toBeNull();
  });

  test("need their permissions", async () => {
    const reader = await server.keyWith("sessions:read");
    expect(await revokeFailure(reader, { sessionId: "x" })).toMatchObject({ code: "FORBIDDEN" });
    const writer = await server.keyWith("sessions:write");
    const failure = await writer.failure(GET_SESSION, { sessionId: "x" });
    expect(failure.extensions.code).toBe("FORBIDDEN");
  });

  test("end with their member", async () => {
    const leaver = await signedInMember(server, operator);
    const { session } = await leaver.begin();
    await operator.request(
      `mutation ($input: DeleteMemberInput!) { deleteMember(input: $input) { memberId } }`,
      { input: { memberId: leaver.memberId } },
    );
    expect(await find(operator, session.sessionId)).toBeNull();
  });

  test("leave the database a day after they have ended, as do used-up token ids", async () => {
    const { services, clock } = server;
    const log = { error: (details: unknown) => expect(details).toBeUndefined() };
    const housekeeping = startHousekeeping(services, clock, log as never);
    const count = async (table: string) =>
      Number((await services.unitOfWork.read.query(`SELECT COUNT(*) AS n FROM ${table}`))[0].n);
    await member.begin({ sessionDurationMinutes: 527_040 });
    const revoked = await member.begin({ sessionDurationMinutes: 527_040 });
    await revoke({ sessionId: revoked.session.sessionId });
    const once = await signedInMember(server, operator, { singleUseTokenId: true });
    await once.begin();
    await housekeeping.sweep();
    const before = await count("sessions");
    expect(before).toBeGreaterThan(2);
    expect(await count("used_marks")).toBe(1);
    clock.advance(300 + 60);
    await housekeeping.sweep();
    expect(await count("used_marks")).toBe(1);
    clock.advance(1);
    await housekeeping.sweep();
    expect(await count("used_marks")).toBe(0);
    expect(await count("sessions")).toBe(before);
    clock.advance(26 * 3600);
    await housekeeping.sweep();
    expect(await count("sessions")).toBe(1);
    await housekeeping.stop();
  });
});
