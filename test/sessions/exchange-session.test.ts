import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import {
  createMember,
  createOrganization,
  updateMember,
  updateOrganization,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type AttestedSession, UPDATE_PROFILE } from "../trusted-auth/attestation-operations.js";
import {
  authenticate,
  createMemberSession,
  EXCHANGE_SESSION,
  REVOKE_SESSION,
} from "./session-operations.js";

describe("exchangeSession", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let anonymous: GraphqlClient;
  let member: Awaited<ReturnType<typeof createMemberSession>>;
  let begun: AttestedSession;
  /** Another organization of the same person. */
  let organizationId: string;
  let there: string;

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator, anonymous } = server);
    member = await createMemberSession(server, operator);
  });

  beforeEach(async () => {
    begun = await member.begin({ sessionCustomClaims: { plan: "pro" } });
    ({ organizationId } = await createOrganization(operator));
    there = (await createMember(operator, organizationId, { emailAddress: "ADA@example.com" }))
      .memberId;
  });

  afterAll(async () => {
    await server.stop();
  });

  const exchange = async (as: GraphqlClient, input: object): Promise<AttestedSession> =>
    (await as.request(EXCHANGE_SESSION, { input: { organizationId, ...input } })).exchangeSession;
  const failure = async (as: GraphqlClient, input: object) =>
    (await as.failure(EXCHANGE_SESSION, { input: { organizationId, ...input } })).extensions;
  const inMinutes = (minutes: number) =>
    new Date(server.clock.now().getTime() + minutes * 60_000).toISOString();

  test.each(["sessionToken", "sessionJwt"] as const)(
    "gives a session in another organization of the same person for a %s",
    async (credential) => {
      server.clock.advance(30);
      const given = await exchange(anonymous, { [credential]: begun[credential] });
      expect(given).toMatchObject({
        session: {
          memberId: there,
          organizationId,
          startedAt: server.clock.now().toISOString(),
          expiresAt: inMinutes(60),
          customClaims: {},
          authenticationFactors: begun.session.authenticationFactors,
        },
        member: { memberId: there, emailAddress: "ADA@example.com" },
        organization: { organizationId },
        sessionToken: expect.stringMatching(/^cst_/),
      });
      expect(given.session.sessionId).not.toBe(begun.session.sessionId);
      expect(decodeJwt(given.sessionJwt)).toMatchObject({
        sub: there,
        session: { id: given.session.sessionId },
        organization: { organization_id: organizationId },
      });
    },
  );

  test("leaves the old session as it is", async () => {
    const { sessionToken } = await exchange(anonymous, { sessionToken: begun.sessionToken });
    const old = await authenticate(anonymous, { sessionToken: begun.sessionToken });
    expect(old.session).toEqual(begun.session);
    await operator.request(REVOKE_SESSION, { input: { sessionToken: begun.sessionToken } });
    expect((await authenticate(anonymous, { sessionToken })).session.memberId).toBe(there);
  });

  test("lives as long as is asked for, with the claims that an operator gives it", async () => {
    const { sessionToken } = begun;
    const terms = { sessionDurationMinutes: 5, sessionCustomClaims: { tier: "gold" } };
    const { session, sessionJwt } = await exchange(operator, { sessionToken, ...terms });
    expect(session).toMatchObject({ expiresAt: inMinutes(5), customClaims: { tier: "gold" } });
    expect(decodeJwt(sessionJwt)).toMatchObject({ tier: "gold" });
    expect(decodeJwt(sessionJwt)).not.toHaveProperty("plan");
    const path = ["input", "sessionCustomClaims"];
    expect(await failure(anonymous, { sessionToken, ...terms })).toEqual({
      code: "BAD_USER_INPUT",
      path,
    });
  });

  test.each([
    [{}, "sessionToken"],
    [{ sessionToken: "a", sessionJwt: "b" }, "sessionJwt"],
    [{ sessionToken: "a", sessionDurationMinutes: 4 }, "sessionDurationMinutes"],
    [{ sessionToken: "a", organizationId: "\u0000" }, "organizationId"],
  ])("refuses %j", async (input, field) => {
    expect(await failure(anonymous, input)).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", field],
    });
  });

  test("needs an active member with the same address there", async () => {
    const { sessionToken } = begun;
    const absent = { code: "MEMBER_NOT_FOUND" };
    await updateMember(operator, { memberId: there, status: "INACTIVE" });
    expect(await failure(anonymous, { sessionToken })).toEqual(absent);
    await updateMember(operator, { memberId: there, emailAddress: "other@example.com" });
    expect(await failure(anonymous, { sessionToken })).toEqual(absent);
    await updateMember(operator, { memberId: there, status: "ACTIVE" });
    expect(await failure(anonymous, { sessionToken })).toEqual(absent);
  });

  test("needs an active organization of the same project", async () => {
    const { sessionToken } = begun;
    const absent = { code: "ORGANIZATION_NOT_FOUND" };
    await updateOrganization(operator, { organizationId, status: "INACTIVE" });
    expect(await failure(anonymous, { sessionToken })).toEqual(absent);
    const other = (await server.otherProject()).operator;
    const theirs = await createOrganization(other);
    await createMember(other, theirs.organizationId);
    for (const id of [theirs.organizationId, "organization_unknown"]) {
      expect(await failure(anonymous, { sessionToken, organizationId: id })).toEqual(absent);
    }
  });

  test("has one answer for what is no session, another project's included", async () => {
    const absent = { code: "SESSION_NOT_FOUND" };
    const { sessionToken, sessionJwt } = begun;
    const other = (await server.otherProject()).operator;
    expect(await failure(other, { sessionToken })).toEqual(absent);
    expect(await failure(other, { sessionJwt })).toEqual(absent);
    expect(await failure(anonymous, { sessionToken: `${sessionToken}x` })).toEqual(absent);
    await operator.request(REVOKE_SESSION, { input: { sessionToken } });
    expect(await failure(anonymous, { sessionToken })).toEqual(absent);
    expect(await failure(anonymous, { sessionJwt })).toEqual(absent);
    const late = await member.begin();
    server.clock.advance(3600);
    expect(await failure(anonymous, { sessionToken: late.sessionToken })).toEqual(absent);
  });

  test("does not let a profile of one organization into another one", async () => {
    const confined = await createMemberSession(server, operator);
    const { profileId, organizationId: own } = confined;
    await operator.request(UPDATE_PROFILE, { input: { profileId, organizationId: own } });
    const { sessionToken } = await confined.begin();
    expect(await failure(anonymous, { sessionToken })).toEqual({ code: "FORBIDDEN" });
    const { session } = await exchange(anonymous, { sessionToken, organizationId: own });
    expect(session.organizationId).toBe(own);
    // A factor that counts everywhere opens the way, and is the only one taken along.
    const everywhere = { profileId: member.profileId, token: await member.token() };
    const both = await confined.begin({ sessionToken, ...everywhere });
    expect(both.session.authenticationFactors).toHaveLength(2);
    const given = await exchange(anonymous, { sessionToken });
    expect(given.session.authenticationFactors).toMatchObject([{ profileId: member.profileId }]);
  });

  test("is one of the operations that test a credential: one per request", async () => {
    const { status, errors } = await anonymous.send(
      `mutation ($a: ExchangeSessionInput!, $b: AuthenticateSessionInput!) {
        exchangeSession(input: $a) { sessionToken }
        authenticateSession(input: $b) { sessionToken }
      }`,
      { a: { organizationId, sessionToken: "a" }, b: { sessionToken: "b" } },
    );
    expect(status).toBe(400);
    expect(errors[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("leaves an event of the new session", async () => {
    const { session } = await exchange(anonymous, { sessionToken: begun.sessionToken });
    const { auditEvents } = await operator.request(
      "query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action actorType actorId } } }",
      { id: session.sessionId },
    );
    expect(auditEvents.nodes).toEqual([
      { action: "session.exchange", actorType: "MEMBER", actorId: member.memberId },
    ]);
  });
});
