import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  DELETE_MEMBER,
  DELETE_ORGANIZATION,
  UPDATE_MEMBER,
  updateMember,
  updateOrganization,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type AttestedSession, attestFailure } from "../trusted-auth/attestation-operations.js";
import {
  authenticate,
  authenticateFailure,
  createSessionMember,
  LIST_SESSIONS,
} from "./session-operations.js";

const NOT_FOUND = { code: "SESSION_NOT_FOUND" };

describe("sessions", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let member: Awaited<ReturnType<typeof createSessionMember>>;
  let started: AttestedSession[];
  let unrelated: AttestedSession;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    unrelated = await (await createSessionMember(server, operator)).startSession();
  });

  beforeEach(async () => {
    member = await createSessionMember(server, operator);
    started = [await member.startSession(), await member.startSession()];
  });

  afterAll(async () => {
    await authenticate(server.anonymous, { sessionToken: unrelated.sessionToken });
    await server.stop();
  });

  const expectEnded = async () => {
    for (const { sessionToken, sessionJwt } of started) {
      expect(await authenticateFailure(server.anonymous, { sessionToken })).toEqual(NOT_FOUND);
      expect(await authenticateFailure(server.anonymous, { sessionJwt })).toEqual(NOT_FOUND);
    }
  };
  const rows = async () =>
    server.services.unitOfWork.read.query(
      `SELECT revoked_at FROM sessions WHERE member_id = '${member.memberId}'`,
    ) as Promise<{ revoked_at: unknown }[]>;

  test("end permanently when their member is deactivated", async () => {
    const { memberId } = member;
    await updateMember(operator, { memberId, status: "INACTIVE" });
    expect(await rows()).toEqual([
      { revoked_at: expect.anything() },
      { revoked_at: expect.anything() },
    ]);
    await expectEnded();
    await updateMember(operator, { memberId, status: "ACTIVE" });
    await expectEnded();
    // An active member can start new sessions.
    const { sessionToken } = await member.startSession();
    await authenticate(server.anonymous, { sessionToken });
  });

  test("end permanently when their organization is deactivated", async () => {
    const { organizationId } = member;
    await updateOrganization(operator, { organizationId, status: "INACTIVE" });
    await expectEnded();
    await updateOrganization(operator, { organizationId, status: "ACTIVE" });
    await expectEnded();
    const { sessionToken } = await member.startSession();
    await authenticate(server.anonymous, { sessionToken });
  });

  test("end when their member or their organization is deleted", async () => {
    await operator.request(DELETE_MEMBER, { input: { memberId: member.memberId } });
    await expectEnded();
    expect(await rows()).toEqual([]);
    member = await createSessionMember(server, operator);
    started = [await member.startSession()];
    await operator.request(DELETE_ORGANIZATION, {
      input: { organizationId: member.organizationId },
    });
    await expectEnded();
  });

  test("survive other changes of their member and their organization", async () => {
    const { memberId, organizationId } = member;
    await updateMember(operator, { memberId, name: "Ada", status: "ACTIVE" });
    await updateOrganization(operator, { organizationId, name: "New", status: "ACTIVE" });
    const failing = { memberId, status: "INACTIVE", expectedVersion: 99 };
    await operator.failure(UPDATE_MEMBER, { input: failing });
    for (const { sessionToken } of started) await authenticate(server.anonymous, { sessionToken });
  });

  test("end although they start during a deactivation", async () => {
    const { memberId, organizationId } = member;
    for (const deactivate of [
      () => updateMember(operator, { memberId, status: "INACTIVE" }),
      () => updateOrganization(operator, { organizationId, status: "INACTIVE" }),
    ]) {
      const startFour = () => Promise.allSettled([1, 2, 3, 4].map(() => member.startSession()));
      const [before, , after] = await Promise.all([startFour(), deactivate(), startFour()]);
      await updateMember(operator, { memberId, status: "ACTIVE" });
      await updateOrganization(operator, { organizationId, status: "ACTIVE" });
      started = [...before, ...after].flatMap((each) =>
        each.status === "fulfilled" ? each.value : [],
      );
      await expectEnded();
      for (const each of [...before, ...after]) {
        if (each.status === "rejected") expect(String(each.reason)).toMatch(/_NOT_FOUND/);
      }
    }
  });

  test("of a deactivated member are revoked with an audit event of the same request", async () => {
    const { memberId } = member;
    await updateMember(operator, { memberId, status: "INACTIVE" });
    const { auditEvents } = await operator.request(
      "query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action requestId } } }",
      { id: memberId },
    );
    const byAction = Object.fromEntries(
      auditEvents.nodes.map(({ action, requestId }: Record<string, string>) => [action, requestId]),
    );
    expect(byAction["MEMBER_REVOKE_SESSIONS"]).toBe(byAction["MEMBER_UPDATE"]);
  });

  test("cannot start in an inactive organization", async () => {
    const { organizationId, profileId } = member;
    await updateOrganization(operator, { organizationId, status: "INACTIVE" });
    const token = await member.token();
    expect(await attestFailure(operator, { profileId, token, organizationId })).toEqual({
      code: "ORGANIZATION_NOT_FOUND",
    });
    const { sessions } = await operator.request(LIST_SESSIONS, { owner: { organizationId } });
    expect(sessions.totalCount).toBe(0);
  });
});
