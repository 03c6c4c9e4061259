import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  createMember,
  createOrganization,
  getMember,
  type MemberView,
  type OrganizationView,
  updateMember,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  ATTEST_SESSION,
  attest,
  attestFailure,
  createProfile,
  MAPPING,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

describe("attestSession", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let profileId: string;
  let organization: OrganizationView;
  let organizationId: string;
  let member: MemberView;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    profileId = await createProfile(operator, { keys: { publicKeys: [{ pem: issuer.pem }] } });
  });

  beforeEach(async () => {
    organization = await createOrganization(operator);
    organizationId = organization.organizationId;
    member = await createMember(operator, organizationId);
  });

  afterAll(async () => {
    await server.stop();
  });

  const inMinutes = (minutes: number) =>
    new Date(server.clock.now().getTime() + minutes * 60_000).toISOString();

  test("starts a session of 60 minutes for a member", async () => {
    const token = await issuer.token();
    const attested = await attest(operator, { profileId, token, organizationId });
    const now = server.clock.now().toISOString();
    expect(attested).toMatchObject({
      session: {
        sessionId: expect.stringMatching(/^session_[0-9A-Za-z]{22}$/),
        memberId: member.memberId,
        organizationId,
        startedAt: now,
        lastAccessedAt: now,
        expiresAt: inMinutes(60),
        customClaims: {},
        authenticationFactors: [
          {
            type: "trusted_auth_token",
            deliveryMethod: "trusted_token_exchange",
            tokenId: "foreign-session-1",
            profileId,
            lastAuthenticatedAt: now,
          },
        ],
      },
      member: { memberId: member.memberId, emailAddress: "ada@example.com" },
      organization: { organizationId, slug: organization.slug },
      sessionToken: expect.stringMatching(/^cst_[0-9A-Za-z]{49}$/),
    });
  });

  test.each(["ES256", "ES384", "ES512", "PS256", "EdDSA", "Ed25519", "RS512"])(
    "accepts tokens signed with %s",
    async (algorithm) => {
      const other = await foreignIssuer(server.clock, algorithm);
      const id = await createProfile(operator, {
        keys: { publicKeys: [{ pem: issuer.pem }, { jwk: other.jwk }] },
      });
      const token = await other.token({}, { kid: "chosen-by-the-issuer", typ: "at+jwt" });
      await attest(operator, { profileId: id, token, organizationId });
    },
  );

  test("accepts a token for several audiences", async () => {
    const token = await issuer.token({ aud: ["somebody-else", "authenticated"] });
    await attest(operator, { profileId, token, organizationId });
  });

  test("finds the member by email address, ignoring case", async () => {
    const token = await issuer.token({ email: "ADA@EXAMPLE.COM" });
    const attested = await attest(operator, { profileId, token, organizationId });
    expect(attested.member.memberId).toBe(member.memberId);
  });

  test("accepts durations from 5 minutes to 366 days", async () => {
    const token = await issuer.token();
    for (const sessionDurationMinutes of [5, 527_040]) {
      const input = { profileId, token, organizationId, sessionDurationMinutes };
      const { session } = await attest(operator, input);
      expect(session.expiresAt).toBe(inMinutes(sessionDurationMinutes));
    }
    for (const sessionDurationMinutes of [-1, 0, 4, 527_041]) {
      const input = { profileId, token, organizationId, sessionDurationMinutes };
      expect(await attestFailure(operator, input)).toMatchObject({
        code: "BAD_USER_INPUT",
        path: ["input", "sessionDurationMinutes"],
      });
    }
  });

  test("requires an existing organization, named or default", async () => {
    const token = await issuer.token();
    expect(await attestFailure(operator, { profileId, token })).toEqual({
      code: "MEMBER_NOT_FOUND",
    });
    const input = { profileId, token, organizationId: "organization_unknown" };
    expect(await attestFailure(operator, input)).toEqual({ code: "ORGANIZATION_NOT_FOUND" });
  });

  test("finds the organization by its id, slug or external id, unless several have it", async () => {
    const token = await issuer.token();
    const attestIn = async (reference: string) =>
      (await attest(operator, { profileId, token, organizationId: reference })).organization;
    const create = async (input: object) => {
      const created = await createOrganization(operator, input);
      await createMember(operator, created.organizationId);
      return created;
    };
    const bySlug = await create({ slug: "blue", externalId: "azure" });
    for (const reference of [bySlug.organizationId, "blue", "azure"]) {
      expect(await attestIn(reference)).toMatchObject({ organizationId: bySlug.organizationId });
    }
    // Its external id is the other one's slug, so that "blue" is either.
    const byExternalId = await create({ slug: "red", externalId: "blue" });
    expect(await attestIn("red")).toMatchObject({ organizationId: byExternalId.organizationId });
    for (const reference of ["blue", "yellow", "BLUE", "", "\u{1f600}"]) {
      const input = { profileId, token, organizationId: reference };
      expect((await attestFailure(operator, input)).code).toMatch(/_NOT_FOUND$/);
    }
  });

  test("takes the organization from the token, by its id or its external id", async () => {
    const attributeMapping = { ...MAPPING, organizationId: "app_metadata.org" };
    const mapped = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping,
    });
    const external = await createOrganization(operator, { externalId: `ext-${Math.random()}` });
    await createMember(operator, external.organizationId);
    const attestWith = async (org: unknown, input: object = {}) =>
      attest(operator, {
        profileId: mapped,
        token: await issuer.token({ app_metadata: { org } }),
        ...input,
      });
    expect((await attestWith(organizationId)).organization).toMatchObject({ organizationId });
    const byExternalId = await attestWith(external.externalId, {
      organizationId: external.organizationId,
    });
    expect(byExternalId.organization.organizationId).toBe(external.organizationId);
    const token = await issuer.token({ app_metadata: { org: external.externalId } });
    expect(await attestFailure(operator, { profileId: mapped, token, organizationId })).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "organizationId"],
    });
    const unknown = await issuer.token({ app_metadata: { org: "unknown" } });
    expect(await attestFailure(operator, { profileId: mapped, token: unknown })).toEqual({
      code: "ORGANIZATION_NOT_FOUND",
    });
  });

  test("finds no unknown or inactive members and none of other organizations", async () => {
    const unknown = await issuer.token({ email: "unknown@example.com" });
    const notFound = { code: "MEMBER_NOT_FOUND" };
    expect(await attestFailure(operator, { profileId, token: unknown, organizationId })).toEqual(
      notFound,
    );
    const otherOrganization = await createOrganization(operator);
    const token = await issuer.token();
    const other = { profileId, token, organizationId: otherOrganization.organizationId };
    expect(await attestFailure(operator, other)).toEqual(notFound);
    await updateMember(operator, { memberId: member.memberId, status: "INACTIVE" });
    expect(await attestFailure(operator, { profileId, token, organizationId })).toEqual(notFound);
  });

  describe("with an external member id", () => {
    let mapped: string;

    beforeAll(async () => {
      const attributeMapping = { ...MAPPING, externalMemberId: "sub", name: "name" };
      mapped = await createProfile(operator, {
        keys: { publicKeys: [{ pem: issuer.pem }] },
        attributeMapping,
        canJitProvision: true,
      });
    });

    const attestAs = async (claims: Record<string, unknown>) =>
      attest(operator, { profileId: mapped, token: await issuer.token(claims), organizationId });

    test("stores it at a member without one, and finds the member by it afterwards", async () => {
      expect((await attestAs({ sub: "auth0|7" })).member).toMatchObject({
        memberId: member.memberId,
        externalId: "auth0|7",
      });
      const renamed = await attestAs({ sub: "auth0|7", email: "new@example.com" });
      expect(renamed.member).toMatchObject({
        memberId: member.memberId,
        emailAddress: "ada@example.com",
      });
    });

    test("refuses a member with another external id", async () => {
      await updateMember(operator, { memberId: member.memberId, externalId: "auth0|7" });
      const token = await issuer.token({ sub: "auth0|8" });
      expect(await attestFailure(operator, { profileId: mapped, token, organizationId })).toEqual({
        code: "MEMBER_NOT_FOUND",
      });
      expect(await getMember(operator, member.memberId)).toMatchObject({ externalId: "auth0|7" });
    });

    test("provisions a new member once, with the token's attributes", async () => {
      const claims = { sub: "auth0|9", email: "grace@example.com", name: "Grace" };
      const [first, second] = await Promise.all([attestAs(claims), attestAs(claims)]);
      expect(first?.member).toMatchObject({
        emailAddress: "grace@example.com",
        externalId: "auth0|9",
        name: "Grace",
      });
      expect(second?.member.memberId).toBe(first?.member.memberId);
      const { auditEvents } = await operator.request(
        `query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action actorType } } }`,
        { id: first?.member.memberId },
      );
      expect(auditEvents.nodes).toEqual([{ action: "MEMBER_CREATE", actorType: "MANAGEMENT_KEY" }]);
    });
  });

  describe("with an existing session", () => {
    test("adds a factor to the session of a session token or session JWT", async () => {
      const started = await attest(operator, {
        profileId,
        token: await issuer.token(),
        organizationId,
        sessionDurationMinutes: 600,
        sessionCustomClaims: { plan: "pro", old: true },
      });
      server.clock.advance(60);
      const token = await issuer.token({ session_id: "foreign-session-2" });
      const { sessionToken, sessionJwt } = started;
      const further = await attest(operator, {
        profileId,
        token,
        organizationId,
        session: { sessionToken },
        sessionCustomClaims: { old: null, extra: 1 },
      });
      expect(further.session).toMatchObject({
        sessionId: started.session.sessionId,
        // The extended expiry is later than the default one, so it stays.
        expiresAt: started.session.expiresAt,
        customClaims: { plan: "pro", extra: 1 },
      });
      expect(further.session.authenticationFactors.map(({ tokenId }) => tokenId)).toEqual([
        "foreign-session-1",
        "foreign-session-2",
      ]);
      expect(further.sessionToken).toBe(sessionToken);
      const again = await attest(operator, {
        profileId,
        token,
        organizationId,
        session: { sessionJwt },
        sessionDurationMinutes: 1000,
      });
      expect(again.session.expiresAt).toBe(inMinutes(1000));
      expect(again.session.authenticationFactors).toHaveLength(2);
      expect(again.sessionToken).toBeNull();
    });

    test("refuses another member's session and an unknown one", async () => {
      await createMember(operator, organizationId, { emailAddress: "grace@example.com" });
      const token = await issuer.token();
      const { sessionToken } = await attest(operator, {
        profileId,
        token: await issuer.token({ email: "grace@example.com" }),
        organizationId,
      });
      const base = { profileId, token, organizationId };
      expect(await attestFailure(operator, { ...base, session: { sessionToken } })).toEqual({
        code: "PRECONDITION_FAILED",
      });
      expect(
        await attestFailure(operator, { ...base, session: { sessionToken: "cst_unknown" } }),
      ).toEqual({
        code: "SESSION_NOT_FOUND",
      });
    });

    test.each([
      [{}, "none was given"],
      [{ sessionToken: null, sessionJwt: null }, "none was given"],
      [{ sessionToken: "a", sessionJwt: "b" }, "both were given"],
    ])("takes exactly one credential of it, not %j", async (session, given) => {
      const input = { profileId, token: await issuer.token(), organizationId, session };
      const { message, extensions } = await operator.failure(ATTEST_SESSION, { input });
      expect(message).toBe(`Give exactly one of sessionToken and sessionJwt; ${given}`);
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "session"] });
    });

    test("takes null for no session and for the other credential", async () => {
      const base = { profileId, token: await issuer.token(), organizationId };
      const { sessionToken, session } = await attest(operator, { ...base, session: null });
      const again = await attest(operator, {
        ...base,
        session: { sessionToken, sessionJwt: null },
      });
      expect(again.session.sessionId).toBe(session.sessionId);
    });
  });

  test.each([
    ["a reserved name", { sub: "somebody-else" }],
    ["another reserved name", { session: {} }],
    ["a role", { role: "admin" }],
    ["roles in other case", { Roles: ["admin"] }],
    ["roles as Keycloak has them", { realm_access: { roles: ["admin"] } }],
    ["roles at an API as Keycloak has them", { resource_access: { api: { roles: ["admin"] } } }],
    ["a name that objects have", { constructor: { scope: "admin" } }],
    ["a reserved name with white space", { "scope ": "admin" }],
    ["a name with white space at its beginning", { "\u2003tier": "gold" }],
    ["more than 4 KB", { big: "x".repeat(4096) }],
  ])("refuses custom claims with %s", async (_, sessionCustomClaims) => {
    const token = await issuer.token();
    const input = { profileId, token, organizationId, sessionCustomClaims };
    expect(await attestFailure(operator, input)).toMatchObject({ code: "BAD_USER_INPUT" });
  });

  test("requires a profile and an organization of the caller's project", async () => {
    const other = await server.otherProject();
    const token = await issuer.token();
    const input = { profileId, token, organizationId };
    expect(await attestFailure(other.operator, input)).toEqual({ code: "PROFILE_NOT_FOUND" });
    const foreignProfileId = await createProfile(other.operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
    });
    expect(await attestFailure(other.operator, { ...input, profileId: foreignProfileId })).toEqual({
      code: "ORGANIZATION_NOT_FOUND",
    });
  });

  test("requires the permission, and is allowed once per request", async () => {
    const token = await issuer.token();
    const input = { profileId, token, organizationId };
    expect(await attestFailure(server.anonymous, input)).toEqual({ code: "PROFILE_NOT_FOUND" });
    const wrong = server.withKey(server.projectId, "wrong");
    expect(await attestFailure(wrong, input)).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(await attestFailure(await server.keyWith("sessions:read"), input)).toMatchObject({
      code: "FORBIDDEN",
    });
    const twice = `mutation ($input: AttestSessionInput!) {
      a: attestSession(input: $input) { sessionJwt }
      b: attestSession(input: $input) { sessionJwt }
    }`;
    expect(await operator.failure(twice, { input })).toMatchObject({
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    });
  });
});
