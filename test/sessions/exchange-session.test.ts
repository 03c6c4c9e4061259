import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { Session } from "../../src/sessions/session.entity.js";
import {
  createMember,
  createOrganization,
  updateMember,
  updateOrganization,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  type AttestedSession,
  attest,
  createProfile,
  MAPPING,
  UPDATE_PROFILE,
} from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";
import {
  authenticate,
  createSessionMember,
  EXCHANGE_SESSION,
  REVOKE_SESSION,
} from "./session-operations.js";

describe("exchangeSession", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let anonymous: GraphqlClient;
  let member: Awaited<ReturnType<typeof createSessionMember>>;
  let started: AttestedSession;
  /** Another organization in which the same person is a member. */
  let organizationId: string;
  let otherMemberId: string;

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator, anonymous } = server);
    member = await createSessionMember(server, operator);
  });

  beforeEach(async () => {
    started = await member.startSession({ sessionCustomClaims: { plan: "pro" } });
    ({ organizationId } = await createOrganization(operator));
    otherMemberId = (
      await createMember(operator, organizationId, { emailAddress: "ADA@example.com" })
    ).memberId;
  });

  afterAll(async () => {
    await server.stop();
  });

  const inputOf = (credential: object, options: object) => ({
    input: { organizationId, credential, ...options },
  });
  const exchange = async (
    as: GraphqlClient,
    credential: object,
    options: object = {},
  ): Promise<AttestedSession> =>
    (await as.request(EXCHANGE_SESSION, inputOf(credential, options))).exchangeSession;
  const failure = async (as: GraphqlClient, credential: object, options: object = {}) =>
    (await as.failure(EXCHANGE_SESSION, inputOf(credential, options))).extensions;
  const inMinutes = (minutes: number) =>
    new Date(server.clock.now().getTime() + minutes * 60_000).toISOString();

  test.each(["sessionToken", "sessionJwt"] as const)(
    "exchanges a %s for a session in another organization of the same person",
    async (credential) => {
      server.clock.advance(30);
      const exchanged = await exchange(anonymous, { [credential]: started[credential] });
      expect(exchanged).toMatchObject({
        session: {
          memberId: otherMemberId,
          organizationId,
          startedAt: server.clock.now().toISOString(),
          expiresAt: inMinutes(60),
          customClaims: {},
          authenticationFactors: started.session.authenticationFactors,
        },
        member: { memberId: otherMemberId, emailAddress: "ADA@example.com" },
        organization: { organizationId },
        sessionToken: expect.stringMatching(/^cst_/),
      });
      expect(exchanged.session.sessionId).not.toBe(started.session.sessionId);
      expect(decodeJwt(exchanged.sessionJwt)).toMatchObject({
        sub: otherMemberId,
        session: { id: exchanged.session.sessionId },
        organization: { organization_id: organizationId },
      });
    },
  );

  test("leaves the original session unchanged", async () => {
    await exchange(anonymous, { sessionToken: started.sessionToken });
    const old = await authenticate(anonymous, { sessionToken: started.sessionToken });
    expect(old.session).toEqual(started.session);
  });

  test("sets the duration, and custom claims from a management key", async () => {
    const { sessionToken } = started;
    const options = { sessionDurationMinutes: 5, sessionCustomClaims: { tier: "gold" } };
    const { session, sessionJwt } = await exchange(operator, { sessionToken }, options);
    expect(session).toMatchObject({ expiresAt: inMinutes(5), customClaims: { tier: "gold" } });
    expect(decodeJwt(sessionJwt)).toMatchObject({ tier: "gold" });
    expect(decodeJwt(sessionJwt)).not.toHaveProperty("plan");
    const path = ["input", "sessionCustomClaims"];
    expect(await failure(anonymous, { sessionToken }, options)).toEqual({
      code: "BAD_USER_INPUT",
      path,
    });
  });

  test.each([
    [{}, "none was given"],
    [{ sessionToken: null, sessionJwt: null }, "none was given"],
    [{ sessionToken: "a", sessionJwt: "b" }, "both were given"],
  ])("takes exactly one credential, not %j", async (credential, given) => {
    const input = { organizationId, credential };
    const { message, extensions } = await anonymous.failure(EXCHANGE_SESSION, { input });
    expect(message).toBe(`Give exactly one of sessionToken and sessionJwt; ${given}`);
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "credential"] });
  });

  test.each([
    [{ sessionDurationMinutes: 4 }, "sessionDurationMinutes"],
    [{ organizationId: "\u0000" }, "organizationId"],
  ])("refuses %j", async (options, field) => {
    expect(await failure(anonymous, { sessionToken: "a", sessionJwt: null }, options)).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", field],
    });
  });

  test("requires an active member with the same email address", async () => {
    const { sessionToken } = started;
    const notFound = { code: "MEMBER_NOT_FOUND" };
    await updateMember(operator, { memberId: otherMemberId, status: "INACTIVE" });
    expect(await failure(anonymous, { sessionToken })).toEqual(notFound);
    await updateMember(operator, { memberId: otherMemberId, emailAddress: "other@example.com" });
    expect(await failure(anonymous, { sessionToken })).toEqual(notFound);
    await updateMember(operator, { memberId: otherMemberId, status: "ACTIVE" });
    expect(await failure(anonymous, { sessionToken })).toEqual(notFound);
  });

  test("requires an active organization of the same project", async () => {
    const { sessionToken } = started;
    const notFound = { code: "ORGANIZATION_NOT_FOUND" };
    await updateOrganization(operator, { organizationId, status: "INACTIVE" });
    expect(await failure(anonymous, { sessionToken })).toEqual(notFound);
    const other = (await server.otherProject()).operator;
    const foreign = await createOrganization(other);
    await createMember(other, foreign.organizationId);
    for (const id of [foreign.organizationId, "organization_unknown"]) {
      expect(await failure(anonymous, { sessionToken }, { organizationId: id })).toEqual(notFound);
    }
  });

  test("refuses every invalid session and another project's with the same error", async () => {
    const notFound = { code: "SESSION_NOT_FOUND" };
    const { sessionToken, sessionJwt } = started;
    const other = (await server.otherProject()).operator;
    expect(await failure(other, { sessionToken })).toEqual(notFound);
    expect(await failure(other, { sessionJwt })).toEqual(notFound);
    expect(await failure(anonymous, { sessionToken: `${sessionToken}x` })).toEqual(notFound);
    await operator.request(REVOKE_SESSION, { input: { target: { sessionToken } } });
    expect(await failure(anonymous, { sessionToken })).toEqual(notFound);
    expect(await failure(anonymous, { sessionJwt })).toEqual(notFound);
    const expired = await member.startSession();
    server.clock.advance(3600);
    expect(await failure(anonymous, { sessionToken: expired.sessionToken })).toEqual(notFound);
  });

  test("does not lead from a profile's organization to another one", async () => {
    const confined = await createSessionMember(server, operator);
    const { profileId, organizationId: own } = confined;
    await operator.request(UPDATE_PROFILE, { input: { profileId, organizationId: own } });
    const { sessionToken } = await confined.startSession();
    expect(await failure(anonymous, { sessionToken })).toEqual({ code: "FORBIDDEN" });
    const { session } = await exchange(anonymous, { sessionToken }, { organizationId: own });
    expect(session.organizationId).toBe(own);
    // A factor without that restriction allows the exchange, and is the only one that is kept.
    const unrestricted = { profileId: member.profileId, token: await member.token() };
    const both = await confined.startSession({ session: { sessionToken }, ...unrestricted });
    expect(both.session.authenticationFactors).toHaveLength(2);
    const exchanged = await exchange(anonymous, { sessionToken });
    expect(exchanged.session.authenticationFactors).toMatchObject([
      { profileId: member.profileId },
    ]);
  });

  test("does not lead from one tenant of an issuer to another one", async () => {
    const issuer = await foreignIssuer(server.clock, "ES256");
    const keys = { publicKeys: [{ pem: issuer.pem }] };
    const byTenant = { email: "email", externalMemberId: "sub", organizationId: "tid" };
    const listed = { claim: "tid", operator: "IN", values: ["attacker", "victim"] };
    const tenants = { keys, issuer: "https://tenants.example.com/{tid}", canJitProvision: true };
    const claims = { iss: "https://tenants.example.com/attacker", tid: "attacker" };
    for (const settings of [
      { attributeMapping: byTenant, canJitProvisionOrganizations: true },
      { claimConditions: [listed] },
    ]) {
      const profileId = await createProfile(operator, { ...tenants, ...settings });
      const token = await issuer.token(claims);
      const { sessionToken, organization } = await attest(operator, { profileId, token });
      expect(await failure(anonymous, { sessionToken })).toEqual({ code: "FORBIDDEN" });
      const own = { organizationId: organization.organizationId };
      const exchanged = await exchange(anonymous, { sessionToken }, own);
      const again = { sessionToken: exchanged.sessionToken };
      expect(await failure(anonymous, again)).toEqual({ code: "FORBIDDEN" });
    }
  });

  test("leads to the member whose address the latest token names, with the tokens that name it", async () => {
    const issuer = await foreignIssuer(server.clock, "ES256");
    const profileId = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: { ...MAPPING, externalMemberId: "sub" },
      canJitProvision: true,
      memberUpdates: "NONE",
    });
    const attestWith = async (email: string | null, session_id: string, input: object = {}) => {
      const token = await issuer.token({ email, session_id });
      return attest(operator, {
        profileId,
        token,
        organizationId: started.organization.organizationId,
        ...input,
      });
    };
    const { sessionToken } = await attestWith("Grace@example.com", "1");
    const session = { sessionToken };
    for (const [id, email] of [
      "ADA@example.com",
      "ada@example.com",
      "nobody@example.com",
      null,
    ].entries()) {
      await attestWith(email, `${id + 2}`, { session });
    }
    await createMember(operator, organizationId, { emailAddress: "grace@example.com" });
    const exchanged = await exchange(anonymous, session);
    expect(exchanged.member.memberId).toBe(otherMemberId);
    const tokenIds = exchanged.session.authenticationFactors.map(({ tokenId }) => tokenId);
    expect(tokenIds).toEqual(["2", "3"]);
  });

  test("keeps a session whose token's address was not recorded in its organization", async () => {
    const { sessionId } = started.session;
    await server.services.unitOfWork.write(async (manager) => {
      const stored = await manager.findOneByOrFail(Session, { sessionId });
      for (const factor of stored.authenticationFactors) delete factor.emailAddress;
      await manager.save(stored);
    });
    const { sessionToken } = started;
    expect(await failure(anonymous, { sessionToken })).toEqual({ code: "MEMBER_NOT_FOUND" });
    const own = { organizationId: started.organization.organizationId };
    const { session } = await exchange(anonymous, { sessionToken }, own);
    expect(session.memberId).toBe(started.session.memberId);
  });

  test("counts as a check of a credential, of which a request may have one", async () => {
    const { status, errors } = await anonymous.send(
      `mutation ($a: ExchangeSessionInput!, $b: AuthenticateSessionInput!) {
        exchangeSession(input: $a) { sessionToken }
        authenticateSession(input: $b) { sessionToken }
      }`,
      {
        a: { organizationId, credential: { sessionToken: "a" } },
        b: { credential: { sessionToken: "b" } },
      },
    );
    expect(status).toBe(400);
    expect(errors[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("records an audit event for the new session", async () => {
    const { session } = await exchange(anonymous, { sessionToken: started.sessionToken });
    const { auditEvents } = await operator.request(
      "query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action actorType actorId } } }",
      { id: session.sessionId },
    );
    expect(auditEvents.nodes).toEqual([
      { action: "SESSION_EXCHANGE", actorType: "MEMBER", actorId: member.memberId },
    ]);
  });
});
