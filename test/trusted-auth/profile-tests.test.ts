import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { createClient, updateClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  attest,
  attestFailure,
  createProfile,
  MAPPING,
  TEST_PROFILE,
  testProfile,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

const ORDER =
  "FORM ALGORITHM ISSUER AUDIENCE TIMES AGE KEY SIGNATURE CONDITIONS MAPPING ORGANIZATION MEMBER CLIENT REPLAY";

describe("testProfile", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let organizationId: string;
  let memberId: string;
  let profileId: string;

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true });
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    organizationId = (await createOrganization(operator, { externalId: "tenant-1" }))
      .organizationId;
    memberId = (await createMember(operator, organizationId)).memberId;
    profileId = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: { ...MAPPING, organizationId: "org", name: "name", roles: "roles" },
      maxTokenAgeSeconds: 3600,
      claimConditions: [{ claim: "sub", operator: "STARTS_WITH", values: ["user-"] }],
      singleUseTokenId: true,
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const epoch = () => Math.floor(server.clock.now().getTime() / 1000);
  const tokenWith = (claims: Record<string, unknown> = {}) =>
    issuer.token({ org: "tenant-1", session_id: crypto.randomUUID(), ...claims });
  const failedOf = ({ checks }: Awaited<ReturnType<typeof testProfile>>) =>
    checks.filter(({ status }) => status === "FAILED");

  test("predicts the outcome of a valid token and does not use it up", async () => {
    const token = await tokenWith({ name: "Ada", roles: ["dev"], session_id: "once" });
    for (const _ of [1, 2]) {
      const result = await testProfile(operator, { profileId, token });
      expect(result).toMatchObject({ outcome: "MEMBER_FOUND", organizationId, memberId });
      expect(result.attributes).toEqual({
        email: "ada@example.com",
        tokenId: "once",
        organizationId: "tenant-1",
        externalMemberId: null,
        name: "Ada",
        roles: ["dev"],
      });
      expect(result.checks.map(({ check }) => check).join(" ")).toBe(ORDER);
      const skipped = result.checks.filter(({ status }) => status !== "PASSED");
      expect(skipped.map(({ check, status }) => `${check} ${status}`)).toEqual(["CLIENT SKIPPED"]);
      expect(skipped[0]?.message).toBe("The profile does not need this check");
      for (const { message } of result.checks) expect(message).toMatch(/^[A-Z].{10,}[^.]$/);
    }
    await attest(operator, { profileId, token });
    const after = await testProfile(operator, { profileId, token });
    expect(after.outcome).toBe("REFUSED");
    expect(failedOf(after)).toMatchObject([
      {
        check: "REPLAY",
        code: "INVALID_TRUSTED_AUTH_TOKEN",
        reason: "REPLAYED",
        claim: "session_id",
      },
    ]);
  });

  test.each<[string, string | null, string | null, () => Promise<string> | string]>([
    ["FORM", "MALFORMED", null, () => "x.y.z"],
    ["FORM", "MALFORMED", null, async () => `${await tokenWith()} `],
    ["ALGORITHM", "ALGORITHM", "alg", () => unsigned()],
    ["KEY", "ALGORITHM", "alg", async () => (await foreignIssuer(server.clock, "ES256")).token()],
    ["SIGNATURE", "SIGNATURE", null, async () => (await foreignIssuer(server.clock)).token()],
    ["ISSUER", "ISSUER", "iss", () => tokenWith({ iss: "https://other.example.com" })],
    ["ISSUER", "CLAIM_MISSING", "iss", () => tokenWith({ iss: undefined })],
    ["AUDIENCE", "AUDIENCE", "aud", () => tokenWith({ aud: "other" })],
    ["AUDIENCE", "CLAIM_MISSING", "aud", () => tokenWith({ aud: undefined })],
    ["TIMES", "EXPIRED", "exp", () => tokenWith({ exp: epoch() - 60 })],
    ["TIMES", "CLAIM_MISSING", "exp", () => tokenWith({ exp: undefined })],
    ["TIMES", "NOT_YET_VALID", "nbf", () => tokenWith({ nbf: epoch() + 61 })],
    ["TIMES", "NOT_YET_VALID", "iat", () => tokenWith({ iat: epoch() + 61 })],
    ["TIMES", "MALFORMED", "nbf", () => tokenWith({ nbf: "today" })],
    ["AGE", "EXPIRED", "iat", () => tokenWith({ iat: epoch() - 3661 })],
    ["AGE", "CLAIM_MISSING", "iat", () => tokenWith({ iat: undefined })],
    ["CONDITIONS", "CONDITION", "sub", () => tokenWith({ sub: "robot-1" })],
    ["MAPPING", "CLAIM_MISSING", "email", () => tokenWith({ email: undefined })],
    ["MAPPING", "CLAIM_MISSING", "session_id", () => tokenWith({ session_id: undefined })],
    ["MAPPING", "CONDITION", "email_verified", () => tokenWith({ email_verified: false })],
    ["MAPPING", "MALFORMED", "email", () => tokenWith({ email: "Ada" })],
    ["MAPPING", "MALFORMED", "org", () => tokenWith({ org: ["tenant-1", "tenant-2"] })],
    ["ORGANIZATION", null, null, () => tokenWith({ org: "unknown" })],
    ["MEMBER", null, null, () => tokenWith({ email: "stranger@example.com" })],
  ])("fails the check %s (%s, %s) like attestSession", async (check, reason, claim, token) => {
    const invalidToken = await token();
    const result = await testProfile(operator, { profileId, token: invalidToken });
    expect(result).toMatchObject({ outcome: "REFUSED", memberId: null });
    const [failed, ...others] = failedOf(result);
    expect(others).toEqual([]);
    expect(failed).toMatchObject({ check, reason, claim });
    const refused = await attestFailure(operator, { profileId, token: invalidToken });
    expect(refused).toEqual({
      code: failed?.code,
      ...(reason && { reason }),
      ...(claim && { claim }),
    });
    const at = result.checks.findIndex((entry) => entry.check === check);
    for (const { status, message } of result.checks.slice(at + 1)) {
      expect([status, message]).toEqual(["SKIPPED", "An earlier check failed"]);
    }
  });

  const unsigned = () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "none" })}.${part({ iss: "x" })}.`;
  };

  test("fails the check KEY if the key set is unavailable", async () => {
    const profile = await createProfile(operator, { keys: { jwksUrl: "http://127.0.0.1:9/jwks" } });
    const result = await testProfile(operator, { profileId: profile, token: await tokenWith() });
    expect(failedOf(result)).toMatchObject([{ check: "KEY", reason: "KEY_SET_UNAVAILABLE" }]);
  });

  test("creates neither the member nor the organization that an attestation would create", async () => {
    const provisioning = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: { ...MAPPING, organizationId: "org" },
      canJitProvision: true,
      canJitProvisionOrganizations: true,
    });
    const counts = async () =>
      operator.request(
        "{ organizations { totalCount } members { totalCount } auditEvents { totalCount } }",
      );
    const before = await counts();
    for (const org of [undefined, "tenant-1", "tenant-new"]) {
      const token = await tokenWith({ org, email: "new@example.com" });
      const result = await testProfile(operator, { profileId: provisioning, token });
      expect(result.outcome).toBe("MEMBER_WOULD_BE_CREATED");
      expect(result.organizationId).toBe(org === "tenant-1" ? organizationId : null);
      expect(result.memberId).toBeNull();
    }
    expect(await counts()).toEqual(before);
  });

  test("uses an organization that the caller names", async () => {
    const plain = await createProfile(operator, { keys: { publicKeys: [{ pem: issuer.pem }] } });
    const token = await tokenWith();
    expect((await testProfile(operator, { profileId: plain, token })).outcome).toBe("REFUSED");
    const result = await testProfile(operator, { profileId: plain, token, organizationId });
    expect(result).toMatchObject({ outcome: "MEMBER_FOUND", memberId });
  });

  test("names the client of a workload token", async () => {
    const { clientId } = await createClient(operator);
    const workload = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: {},
      clientId,
      singleUseTokenId: true,
      claimConditions: [{ claim: "sub", operator: "EQUALS", values: ["user-1"] }],
    });
    const token = await tokenWith({ jti: "job-1" });
    const result = await testProfile(operator, { profileId: workload, token });
    expect(result).toMatchObject({ outcome: "CLIENT_IDENTIFIED", clientId, memberId: null });
    await updateClient(operator, { clientId, status: "INACTIVE" });
    const refused = await testProfile(operator, { profileId: workload, token });
    expect(failedOf(refused)).toMatchObject([{ check: "CLIENT", code: "INVALID_CLIENT" }]);
    const expiresAt = new Date(server.clock.now().getTime() + 1000).toISOString();
    await updateClient(operator, { clientId, status: "ACTIVE", expiresAt });
    expect(await testProfile(operator, { profileId: workload, token })).toMatchObject({ clientId });
    server.clock.advance(1);
    const late = await testProfile(operator, { profileId: workload, token });
    expect(failedOf(late)).toMatchObject([{ check: "CLIENT", code: "INVALID_CLIENT" }]);
    const noId = await testProfile(operator, { profileId: workload, token: await tokenWith() });
    expect(failedOf(noId)).toMatchObject([{ check: "MAPPING", reason: "CLAIM_MISSING" }]);
  });

  test("requires the permission and a profile of the caller's project", async () => {
    const token = await tokenWith();
    const writer = await server.keyWith("profiles:write");
    const failure = async (as: GraphqlClient, id = profileId) =>
      (await as.failure(TEST_PROFILE, { input: { profileId: id, token } })).extensions;
    expect((await failure(writer)).code).toBe("FORBIDDEN");
    expect((await failure(server.anonymous)).code).toBe("UNAUTHENTICATED");
    const other = await server.otherProject();
    expect(await failure(other.operator)).toEqual({ code: "PROFILE_NOT_FOUND" });
    expect(await failure(operator, "")).toEqual({ code: "PROFILE_NOT_FOUND" });
    const empty = await operator.failure(TEST_PROFILE, { input: { profileId, token: "" } });
    expect(empty.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "token"] });
  });
});
