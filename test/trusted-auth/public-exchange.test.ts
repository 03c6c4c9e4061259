import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { APP, corsHeaders, NOT_APP, sendPreflight } from "../support/cross-origin.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  ATTEST_SESSION,
  attest,
  attestFailure,
  createProfile,
  MAPPING,
  profileInput,
  UPDATE_PROFILE,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

describe("public exchange", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let anonymous: GraphqlClient;
  let issuer: ForeignIssuer;
  let organizationId: string;
  let profileId: string;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    anonymous = server.anonymous;
    issuer = await foreignIssuer(server.clock);
    organizationId = (await createOrganization(operator, { externalId: "tenant-1" }))
      .organizationId;
    await createMember(operator, organizationId);
    profileId = await publicProfile({ allowedOrigins: [APP] });
  });

  beforeEach(() => {
    // A new window of the limits per minute.
    server.clock.advance(61);
  });

  afterAll(async () => {
    await server.stop();
  });

  const publicProfile = (settings: object = {}) =>
    createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      publicExchange: true,
      canJitProvision: true,
      attributeMapping: { ...MAPPING, organizationId: "org" },
      ...settings,
    });
  const inputWith = async (claims: Record<string, unknown> = {}, options: object = {}) => ({
    profileId,
    token: await issuer.token({ org: "tenant-1", ...claims }),
    ...options,
  });

  test("starts a session without credentials, with the member as actor", async () => {
    const { session, member } = await attest(anonymous, await inputWith());
    expect(member.emailAddress).toBe("ada@example.com");
    const provisioned = await attest(anonymous, await inputWith({ email: "grace@example.com" }));
    const { auditEvents } = await operator.request(
      `{ auditEvents(first: 3) { nodes { action actorType actorId targetId ipAddress } } }`,
    );
    const ipAddress = "127.0.0.1";
    const memberId = provisioned.member.memberId;
    expect(auditEvents.nodes).toEqual(
      expect.arrayContaining([
        {
          action: "SESSION_START",
          actorType: "MEMBER",
          actorId: memberId,
          targetId: provisioned.session.sessionId,
          ipAddress,
        },
        {
          action: "MEMBER_CREATE",
          actorType: "SYSTEM",
          actorId: "countersign",
          targetId: memberId,
          ipAddress,
        },
        {
          action: "SESSION_START",
          actorType: "MEMBER",
          actorId: member.memberId,
          targetId: session.sessionId,
          ipAddress,
        },
      ]),
    );
  });

  test("finds only profiles for public exchange, of the named project", async () => {
    const closed = await createProfile(operator, { keys: { publicKeys: [{ pem: issuer.pem }] } });
    const other = await server.otherProject();
    const foreign = await createProfile(other.operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      publicExchange: true,
      canJitProvision: true,
    });
    const notFound = { code: "PROFILE_NOT_FOUND" };
    for (const id of [closed, foreign, "unknown", ""]) {
      expect(await attestFailure(anonymous, await inputWith({}, { profileId: id }))).toEqual(
        notFound,
      );
    }
    const named = { profileId: foreign, projectId: other.projectId };
    await attest(anonymous, await inputWith({ org: undefined }, named));
    expect(await attestFailure(anonymous, await inputWith({}, { projectId: "nobody" }))).toEqual(
      notFound,
    );
    expect(
      await attestFailure(operator, await inputWith({}, { projectId: other.projectId })),
    ).toEqual(notFound);
    await attest(operator, await inputWith({}, { projectId: server.projectId }));
  });

  test("finds an organization that the caller names by its slug or external id", async () => {
    const { organizationId, slug, externalId } = await createOrganization(operator, {
      externalId: "named-by-the-caller",
    });
    await createMember(operator, organizationId);
    for (const reference of [organizationId, slug, externalId]) {
      const input = await inputWith({ org: undefined }, { organizationId: reference });
      const { organization } = await attest(anonymous, input);
      expect(organization.organizationId).toBe(organizationId);
    }
    const unknown = await inputWith({ org: undefined }, { organizationId: "unknown" });
    expect(await attestFailure(anonymous, unknown)).toEqual({ code: "ORGANIZATION_NOT_FOUND" });
  });

  test("does not apply to a caller with a wrong key or one without the permission", async () => {
    const reader = await server.keyWith("sessions:read");
    expect(await attestFailure(reader, await inputWith())).toMatchObject({ code: "FORBIDDEN" });
    const wrong = server.withKey(server.projectId, "wrong");
    expect(await attestFailure(wrong, await inputWith())).toMatchObject({
      code: "UNAUTHENTICATED",
    });
    await attest(await server.keyWith("sessions:write"), await inputWith());
  });

  test("refuses custom claims, which only management keys may set", async () => {
    const input = await inputWith({}, { sessionCustomClaims: { role: "admin" } });
    expect(await attestFailure(anonymous, input)).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "sessionCustomClaims"],
    });
  });

  test("does not provision members into an organization that only the caller names", async () => {
    const otherOrganization = await createOrganization(operator);
    const claims = { org: undefined, email: "intruder@example.com" };
    const input = await inputWith(claims, { organizationId: otherOrganization.organizationId });
    expect(await attestFailure(anonymous, input)).toEqual({ code: "MEMBER_NOT_FOUND" });
    await attest(operator, input);
    // A member that already exists may name the organization.
    await attest(anonymous, input);
  });

  test("requires a mapping of members", async () => {
    const { clientId } = await createClient(operator);
    const failure = await operator.failure(
      `mutation ($input: CreateProfileInput!) { createProfile(input: $input) { profile { profileId } } }`,
      {
        input: profileInput({
          keys: { publicKeys: [{ pem: issuer.pem }] },
          clientId,
          claimConditions: [{ claim: "sub", operator: "EQUALS", values: ["x"] }],
          attributeMapping: {},
          publicExchange: true,
        }),
      },
    );
    expect(failure.extensions.path).toEqual(["input", "attributeMapping", "email"]);
  });

  describe("is limited", () => {
    test("to 30 attempts per minute from an address, counted before the token is checked", async () => {
      const input = await inputWith({}, { token: "x.y.z" });
      for (let attempt = 0; attempt < 30; attempt++) {
        const { code } = await attestFailure(
          anonymous,
          attempt % 2 ? input : { ...input, profileId: "?" },
        );
        expect(code).toBe(attempt % 2 ? "INVALID_TRUSTED_AUTH_TOKEN" : "PROFILE_NOT_FOUND");
      }
      server.clock.advance(20);
      expect(await attestFailure(anonymous, await inputWith())).toEqual({
        code: "RATE_LIMITED",
        retryAfterSeconds: 40,
      });
      await attest(operator, await inputWith());
      server.clock.advance(40);
      await attest(anonymous, await inputWith());
    });

    test("to 600 refused tokens per minute for a profile, whose verified tokens pass", async () => {
      await server.restart({ trustedProxies: ["127.0.0.1"] });
      ({ operator, anonymous } = server);
      const headersFrom = (network: number) => ({ "x-forwarded-for": `2001:db8:0:${network}::1` });
      const input = await inputWith(
        {},
        { token: await issuer.token({ iss: "https://junk.test" }) },
      );
      const junk: string[] = [];
      for (let network = 1; network <= 24; network++) {
        const answers = await Promise.all(
          Array.from({ length: 27 }, () =>
            anonymous.send(ATTEST_SESSION, { input }, headersFrom(network)),
          ),
        );
        junk.push(...answers.map(({ errors }) => errors[0]?.extensions.code ?? ""));
      }
      expect(junk.filter((code) => code === "INVALID_TRUSTED_AUTH_TOKEN")).toHaveLength(600);
      expect(junk.filter((code) => code === "RATE_LIMITED")).toHaveLength(48);
      for (let network = 24; network < 27; network++) {
        const good = { input: await inputWith() };
        const { errors } = await anonymous.send(ATTEST_SESSION, good, headersFrom(network));
        expect(errors).toEqual([]);
      }
      await server.restart({ trustedProxies: [] });
      ({ operator, anonymous } = server);
    });
  });

  describe("from a browser", () => {
    const preflight = (origin: string, path = "/graphql", method = "POST") =>
      sendPreflight(server.url + path, origin, method);

    test("is allowed from a listed origin, with content-type only and without credentials", async () => {
      const answer = await preflight(APP);
      expect(answer.status).toBe(204);
      expect(corsHeaders(answer)).toEqual({
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
      });
      expect(answer.headers.get("vary")).toContain("Origin");
      const input = await inputWith();
      const attested = await anonymous.send(ATTEST_SESSION, { input }, { origin: APP });
      expect(attested.errors).toEqual([]);
      expect(corsHeaders(attested)).toEqual({ "access-control-allow-origin": APP });
      const failed = await anonymous.send(ATTEST_SESSION, { input: 5 }, { origin: APP });
      expect(corsHeaders(failed)).toEqual({ "access-control-allow-origin": APP });
    });

    test.each(NOT_APP)("is not allowed from %s", async (origin) => {
      expect(corsHeaders(await preflight(origin))).toEqual({});
      const sent = await anonymous.send("{ __typename }", {}, { origin });
      expect(corsHeaders(sent)).toEqual({});
    });

    test.each(["/graphql/", "/graphqlx", "/oauth/token", "/healthz", "/"])(
      "gets no CORS headers at %s",
      async (path) => {
        expect(corsHeaders(await preflight(APP, path))).toEqual({});
        expect(corsHeaders(await fetch(server.url + path, { headers: { origin: APP } }))).toEqual(
          {},
        );
      },
    );

    test("gets no CORS headers for GET", async () => {
      const url = `${server.url}/graphql?query=%7B__typename%7D`;
      const headers = { origin: APP, "apollo-require-preflight": "1" };
      const answer = await fetch(url, { headers });
      expect(answer.status).toBe(405);
      expect(corsHeaders(answer)).toEqual({});
    });

    test("reflects changes of the origins within seconds", async () => {
      const added = "https://later.example.com";
      expect(corsHeaders(await preflight(added))).toEqual({});
      const input = { profileId, allowedOrigins: [APP, added] };
      await operator.request(UPDATE_PROFILE, { input });
      server.clock.advance(5);
      expect(corsHeaders(await preflight(added))).toMatchObject({
        "access-control-allow-origin": added,
      });
      await operator.request(UPDATE_PROFILE, { input: { profileId, publicExchange: false } });
      server.clock.advance(5);
      expect(corsHeaders(await preflight(APP))).toEqual({});
    });

    test("reflects changes of the origins after the clock was a day ahead for a moment", async () => {
      await operator.request(UPDATE_PROFILE, { input: { profileId, publicExchange: true } });
      server.clock.advance(24 * 3600);
      expect(corsHeaders(await preflight(APP))).not.toEqual({});
      server.clock.advance(-24 * 3600);
      await operator.request(UPDATE_PROFILE, { input: { profileId, publicExchange: false } });
      expect(corsHeaders(await preflight(APP))).toEqual({});
    });
  });
});
