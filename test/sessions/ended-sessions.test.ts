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
  createMemberSession,
  LIST_SESSIONS,
} from "./session-operations.js";

const ABSENT = { code: "SESSION_NOT_FOUND" };

describe("sessions end with", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let member: Awaited<ReturnType<typeof createMemberSession>>;
  let begun: AttestedSession[];
  let unrelated: AttestedSession;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    unrelated = await (await createMemberSession(server, operator)).begin();
  });

  beforeEach(async () => {
    member = await createMemberSession(server, operator);
    begun = [await member.begin(), await member.begin()];
  });

  afterAll(async () => {
    await authenticate(server.anonymous, { sessionToken: unrelated.sessionToken });
    await server.stop();
  });

  const expectEnded = async () => {
    for (const { sessionToken, sessionJwt } of begun) {
      expect(await authenticateFailure(server.anonymous, { sessionToken })).toEqual(ABSENT);
      expect(await authenticateFailure(server.anonymous, { sessionJwt })).toEqual(ABSENT);
    }
  };
  const rows = async () =>
    server.services.unitOfWork.read.query(
      `SELECT revoked_at FROM sessions WHERE member_id = '${member.memberId}'`,
    ) as Promise<{ revoked_at: unknown }[]>;

  test("their member's deactivation, for good", async () => {
    const { memberId } = member;
    await updateMember(operator, { memberId, status: "INACTIVE" });
    expect(await rows()).toEqual([
      { revoked_at: expect.anything() },
      { revoked_at: expect.anything() },
    ]);
    await expectEnded();
    await updateMember(operator, { memberId, status: "ACTIVE" });
    await expectEnded();
    // Who is back attests anew.
    const { sessionToken } = await member.begin();
    await authenticate(server.anonymous, { sessionToken });
  });

  test("their organization's deactivation, for good", async () => {
    const { organizationId } = member;
    await updateOrganization(operator, { organizationId, status: "INACTIVE" });
    await expectEnded();
    await updateOrganization(operator, { organizationId, status: "ACTIVE" });
    await expectEnded();
    const { sessionToken } = await member.begin();
    await authenticate(server.anonymous, { sessionToken });
  });

  test("their member, and their organization", async () => {
    await operator.request(DELETE_MEMBER, { input: { memberId: member.memberId } });
    await expectEnded();
    expect(await rows()).toEqual([]);
    member = await createMemberSession(server, operator);
    begun = [await member.begin()];
    await operator.request(DELETE_ORGANIZATION, {
      input: { organizationId: member.organizationId },
    });
    await expectEnded();
  });

  test("nothing else that happens to either of them", async () => {
    const { memberId, organizationId } = member;
    await updateMember(operator, { memberId, name: "Ada", status: "ACTIVE" });
    await updateOrganization(operator, { organizationId, name: "New", status: "ACTIVE" });
    const failing = { memberId, status: "INACTIVE", expectedVersion: 99 };
    await operator.failure(UPDATE_MEMBER, { input: failing });
    for (const { sessionToken } of begun) await authenticate(server.anonymous, { sessionToken });
  });

  test("a deactivation that other sessions begin beside", async () => {
    const { memberId, organizationId } = member;
    for (const deactivate of [
      () => updateMember(operator, { memberId, status: "INACTIVE" }),
      () => updateOrganization(operator, { organizationId, status: "INACTIVE" }),
    ]) {
      const beginning = () => Promise.allSettled([1, 2, 3, 4].map(() => member.begin()));
      const [one, , two] = await Promise.all([beginning(), deactivate(), beginning()]);
      await updateMember(operator, { memberId, status: "ACTIVE" });
      await updateOrganization(operator, { organizationId, status: "ACTIVE" });
      begun = [...one, ...two].flatMap((each) => (each.status === "fulfilled" ? each.value : []));
      await expectEnded();
      for (const each of [...one, ...two]) {
        if (each.status === "rejected") expect(String(each.reason)).toMatch(/_NOT_FOUND/);
      }
    }
  });

  test("an audit event beside the deactivation's own", async () => {
    const { memberId } = member;
    await updateMember(operator, { memberId, status: "INACTIVE" });
    const { auditEvents } = await operator.request(
      "query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action requestId } } }",
      { id: memberId },
    );
    const byAction = Object.fromEntries(
      auditEvents.nodes.map(({ action, requestId }: Record<string, string>) => [action, requestId]),
    );
    expect(byAction["member.revokeSessions"]).toBe(byAction["member.update"]);
  });

  test("and none begins in an inactive organization", async () => {
    const { organizationId, profileId } = member;
    await updateOrganization(operator, { organizationId, status: "INACTIVE" });
    const token = await member.token();
    expect(await attestFailure(operator, { profileId, token, organizationId })).toEqual({
      code: "ORGANIZATION_NOT_FOUND",
    });
    const { sessions } = await operator.request(LIST_SESSIONS, { organizationId });
    expect(sessions.totalCount).toBe(0);
  });
});
