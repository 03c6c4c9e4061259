import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { createOrganization, getMember } from "../organizations/organization-operations.js";
import { authenticate } from "../sessions/session-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { UPDATE_PROJECT } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest, createProfile, MAPPING, testProfile } from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

const ENTRA_GROUPS = Array.from({ length: 200 }, () => crypto.randomUUID());

describe("an optional claim keeps nobody out:", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let profileId: string;
  let organizationId: string;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    organizationId = (await createOrganization(operator)).organizationId;
    profileId = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: { ...MAPPING, externalMemberId: "sub", name: "name", roles: "groups" },
      canJitProvision: true,
      organizationId,
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const tokenWith = (claims: Record<string, unknown>) => {
    const sub = crypto.randomUUID();
    return issuer.token({ sub, email: `${sub}@example.com`, ...claims });
  };
  const rolesAfter = async (claims: Record<string, unknown>) => {
    const { member, sessionJwt } = await attest(operator, {
      profileId,
      token: await tokenWith(claims),
    });
    const { roles } = (await getMember(operator, member.memberId)) ?? {};
    expect(decodeJwt(sessionJwt)["roles"]).toEqual(roles);
    return roles;
  };

  test.each<[string, unknown, string[]]>([
    ["a group whose name has a space", ["admin", "Site Admins"], ["admin", "Site Admins"]],
    ["paths of Keycloak", ["/engineering/backend", "/"], ["/engineering/backend", "/"]],
    ["a distinguished name of LDAP", "CN=Admins,OU=x", ["CN=Admins,OU=x"]],
    ["letters of any script", ["Geschäftsführung", "管理者"], ["Geschäftsführung", "管理者"]],
    ["200 groups of Entra", ENTRA_GROUPS, ENTRA_GROUPS],
    ["Zitadel's object of roles", { admin: { 1: "acme.example" } }, ["admin"]],
    ["Zitadel's list of such objects", [{ admin: { 1: "acme.example" } }], ["admin"]],
    ["groups of SCIM", [{ value: "admin", display: "Admins" }], ["admin"]],
    ["an object that denies a role in words", { admin: "no", dev: true }, ["dev"]],
    ["what is no role at all", [true, null, ["x"], { y: 1 }], []],
    ["one group of many that cannot be a role", ["\n", "admin"], ["admin"]],
  ])("%s", async (_, groups, roles) => {
    expect(await rolesAfter({ groups })).toEqual(roles);
  });

  test.each<[string, Record<string, unknown>]>([
    ["lists of one address and one name", { email: ["ada@example.com"], name: ["Ada"] }],
    ["times that are null", { email: "ada@example.com", name: "Ada", nbf: null, iat: null }],
  ])("%s", async (_, claims) => {
    const token = await tokenWith(claims);
    const { attributes } = await testProfile(operator, { profileId, token });
    expect(attributes).toMatchObject({ email: "ada@example.com", name: "Ada" });
  });

  test("a name that is too long", async () => {
    const token = await tokenWith({ name: "x".repeat(500) });
    expect((await attest(operator, { profileId, token })).member.name).toBeNull();
  });

  test("testProfile tells what is left out, and no value of it", async () => {
    const secret = `secret-${"x".repeat(300)}`;
    const groups = [secret, 1.5, "admin", ...Array.from({ length: 260 }, (_, index) => index)];
    const token = await tokenWith({ groups, name: secret, email: secret });
    const result = await testProfile(operator, { profileId, token });
    expect(result).toMatchObject({ outcome: "MEMBER_WOULD_BE_CREATED" });
    expect(result.leftOut).toEqual([
      { attribute: "email", claim: "email", reason: "INVALID", count: 1 },
      { attribute: "name", claim: "name", reason: "INVALID", count: 1 },
      { attribute: "roles", claim: "groups", reason: "NOT_TEXT", count: 1 },
      { attribute: "roles", claim: "groups", reason: "INVALID", count: 1 },
      { attribute: "roles", claim: "groups", reason: "TOO_MANY", count: 11 },
    ]);
    expect(JSON.stringify(result)).not.toContain("secret-");
    const usual = await tokenWith({ groups: ["admin"], name: "Ada" });
    expect((await testProfile(operator, { profileId, token: usual })).leftOut).toEqual([]);
  });

  test("groups that a template repeats in session JWTs, which the server reads at their largest", async () => {
    const sessionClaimsTemplate = `{ "teams": {{ member.roles }}, "text": "${"x".repeat(4000)}" }`;
    await operator.request(UPDATE_PROJECT, { input: { sessionClaimsTemplate } });
    const groups = Array.from({ length: 250 }, (_, index) => `${index}`.padEnd(29, "g"));
    const { session, sessionJwt } = await attest(operator, {
      profileId,
      token: await tokenWith({ groups, session_id: "\u0001".repeat(255) }),
      sessionCustomClaims: { more: "y".repeat(4000) },
    });
    expect(decodeJwt(sessionJwt)).toMatchObject({ teams: groups, roles: groups });
    expect(sessionJwt.length).toBeGreaterThan(32_768);
    const read = await authenticate(operator, { sessionJwt });
    expect(read.session.sessionId).toBe(session.sessionId);
    await operator.request(UPDATE_PROJECT, { input: { sessionClaimsTemplate: null } });
  });
});
