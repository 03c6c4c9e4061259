import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  createMember,
  createOrganization,
  getMember,
  type OrganizationView,
  updateOrganization,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  ADD_KEY,
  attest,
  attestFailure,
  CREATE_PROFILE,
  createProfile,
  GET_PROFILE,
  MAPPING,
  profileInput,
  REMOVE_KEY,
  UPDATE_PROFILE,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer, ISSUER } from "./foreign-issuer.js";

const conditionWith = (operator: string, value: string) => ({
  claimConditions: [{ claim: "sub", operator, values: [value] }],
});

describe("the settings of a profile", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let organization: OrganizationView;
  let organizationId: string;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
  });

  beforeEach(async () => {
    organization = await createOrganization(operator);
    organizationId = organization.organizationId;
    await createMember(operator, organizationId);
  });

  afterAll(async () => {
    await server.stop();
  });

  const profileWith = (settings: object) =>
    createProfile(operator, { keys: { publicKeys: [{ pem: issuer.pem }] }, ...settings });
  const createFailure = async (settings: object) =>
    (
      await operator.failure(CREATE_PROFILE, {
        input: profileInput({ keys: { publicKeys: [{ pem: issuer.pem }] }, ...settings }),
      })
    ).extensions;
  const update = async (input: object) =>
    (await operator.request(UPDATE_PROFILE, { input })).updateProfile.profile;
  const reasonOf = async (profileId: string, token: string) =>
    (await attestFailure(operator, { profileId, token, organizationId }))["reason"];
  const attestWith = (profileId: string, token: string, options: object = { organizationId }) =>
    attest(operator, { profileId, token, ...options });
  const epoch = () => Math.floor(server.clock.now().getTime() / 1000);

  test("are stored, have defaults and are cleared by null", async () => {
    const { clientId } = await createClient(operator);
    const settings = {
      alternativeIssuers: ["https://second.example.com", "issuer.example.com"],
      audienceClaim: "client_id",
      allowedAlgorithms: ["RS256", "PS256"],
      clockToleranceSeconds: 0,
      maxTokenAgeSeconds: 60,
      claimConditions: [{ claim: "sub", operator: "IN", values: ["a", "b"] }],
      organizationId,
      canJitProvision: true,
      canJitProvisionOrganizations: true,
      clientId,
      singleUseTokenId: true,
      publicExchange: true,
      allowedOrigins: ["https://app.example.com", "http://localhost:3000"],
    };
    const profileId = await profileWith(settings);
    expect((await operator.request(GET_PROFILE, { profileId })).profile).toMatchObject(settings);
    const nulls = {
      audienceClaim: null,
      allowedAlgorithms: null,
      maxTokenAgeSeconds: null,
      organizationId: null,
      clientId: null,
    };
    expect(await update({ profileId, ...nulls })).toMatchObject({ ...settings, ...nulls });
    const plain = await profileWith({});
    expect((await operator.request(GET_PROFILE, { profileId: plain })).profile).toMatchObject({
      alternativeIssuers: [],
      audienceClaim: null,
      allowedAlgorithms: null,
      clockToleranceSeconds: 60,
      maxTokenAgeSeconds: null,
      claimConditions: [],
      organizationId: null,
      canJitProvision: false,
      canJitProvisionOrganizations: false,
      clientId: null,
      singleUseTokenId: false,
      publicExchange: false,
      allowedOrigins: [],
    });
  });

  test.each<[string[], object]>([
    [["issuer"], { issuer: "https://login.example.com/{tid}" }],
    [["issuer"], { issuer: "https://{tid}.example.com" }],
    [["issuer"], { issuer: "spiffe://example.org/billing" }],
    [["alternativeIssuers"], { alternativeIssuers: [ISSUER] }],
    [["alternativeIssuers"], { alternativeIssuers: ["a", "a"] }],
    [["alternativeIssuers"], { alternativeIssuers: Array.from({ length: 11 }, String) }],
    [["alternativeIssuers", "0"], { alternativeIssuers: [""] }],
    [["alternativeIssuers", "1"], { alternativeIssuers: ["a", "https://b.example.com/{tid}"] }],
    [["audienceClaim"], { audienceClaim: "a..b" }],
    [["audienceClaim"], { audienceClaim: "" }],
    [["claimConditions", "0", "values", "0"], conditionWith("STARTS_WITH", "")],
    [["claimConditions", "0", "values", "0"], conditionWith("ENDS_WITH", "")],
    [["claimConditions", "0", "values", "0"], conditionWith("CONTAINS", " ")],
    [["allowedAlgorithms"], { allowedAlgorithms: [] }],
    [["allowedAlgorithms"], { allowedAlgorithms: ["ES256"] }],
    [["clockToleranceSeconds"], { clockToleranceSeconds: -1 }],
    [["clockToleranceSeconds"], { clockToleranceSeconds: 301 }],
    [["maxTokenAgeSeconds"], { maxTokenAgeSeconds: 0 }],
    [["attributeMapping", "email"], { attributeMapping: { tokenId: "jti" } }],
    [["allowedOrigins", "0"], { allowedOrigins: ["https://app.example.com/"] }],
    [["allowedOrigins", "0"], { allowedOrigins: ["http://app.example.com"] }],
    [["allowedOrigins", "0"], { allowedOrigins: ["https://*.example.com/x"] }],
    [["allowedOrigins", "0"], { allowedOrigins: ["null"] }],
    [["allowedOrigins", "0"], { allowedOrigins: ["*"] }],
    [["allowedOrigins", "0"], { allowedOrigins: ["HTTPS://app.example.com"] }],
  ])("are refused at %j: %j", async (path, settings) => {
    const failure = await createFailure(settings);
    expect({ ...failure, path: failure.path?.map(String) }).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", ...path],
    });
  });

  test("refuse a symmetric algorithm", async () => {
    expect((await createFailure({ allowedAlgorithms: ["HS256"] })).code).toBe("BAD_USER_INPUT");
  });

  test("allowedAlgorithms restricts the algorithms of the keys", async () => {
    const profileId = await profileWith({ allowedAlgorithms: ["PS256"] });
    expect(await reasonOf(profileId, await issuer.token())).toBe("ALGORITHM");
    await update({ profileId, allowedAlgorithms: ["PS256", "RS256"] });
    await attestWith(profileId, await issuer.token());
  });

  test.each([0, 300])("clockToleranceSeconds %d applies to exp, nbf and iat", async (tolerance) => {
    const profileId = await profileWith({ clockToleranceSeconds: tolerance });
    const tokenWith = (claims: Record<string, unknown>) => issuer.token(claims);
    expect(await reasonOf(profileId, await tokenWith({ exp: epoch() - tolerance }))).toBe(
      "EXPIRED",
    );
    expect(await reasonOf(profileId, await tokenWith({ nbf: epoch() + tolerance + 1 }))).toBe(
      "NOT_YET_VALID",
    );
    expect(await reasonOf(profileId, await tokenWith({ iat: epoch() + tolerance + 1 }))).toBe(
      "NOT_YET_VALID",
    );
    await attestWith(profileId, await tokenWith({ exp: epoch() - tolerance + 1 }));
    await attestWith(profileId, await tokenWith({ nbf: epoch() + tolerance }));
  });

  test("maxTokenAgeSeconds requires iat and refuses older tokens", async () => {
    const profileId = await profileWith({ maxTokenAgeSeconds: 120, clockToleranceSeconds: 10 });
    expect(await reasonOf(profileId, await issuer.token({ iat: undefined }))).toBe("CLAIM_MISSING");
    expect(await reasonOf(profileId, await issuer.token({ iat: epoch() - 131 }))).toBe("EXPIRED");
    await attestWith(profileId, await issuer.token({ iat: epoch() - 130 }));
  });

  test("claimConditions must all be met", async () => {
    const profileId = await profileWith({
      claimConditions: [
        { claim: "email_verified", operator: "EQUALS", values: ["true"] },
        { claim: "groups", operator: "IN", values: ["staff", "admin"] },
        { claim: "user.site", operator: "STARTS_WITH", values: ["eu-"] },
        { claim: "host", operator: "ENDS_WITH", values: [".example.com", ".example.org"] },
        { claim: "scope", operator: "CONTAINS", values: ["sessions:start"] },
        { claim: "team_ids", operator: "CONTAINS", values: ["7", "8"] },
      ],
    });
    const matching = {
      email_verified: true,
      groups: ["x", "staff"],
      user: { site: "eu-1" },
      host: "a.example.org",
      scope: "openid sessions:start",
      team_ids: [1, 8],
    };
    await attestWith(profileId, await issuer.token(matching));
    for (const bad of [
      {},
      { ...matching, email_verified: false },
      { ...matching, email_verified: undefined },
      { ...matching, groups: [] },
      { ...matching, user: { site: "us-1" } },
      { ...matching, host: "a.example.org.evil.test" },
      { ...matching, scope: "openid sessions:start:all" },
      { ...matching, team_ids: [78, "7 8"] },
    ]) {
      expect(await reasonOf(profileId, await issuer.token(bad))).toBe("CONDITION");
    }
  });

  describe("organizationId", () => {
    test("prevents other organizations, named by the caller or by the token", async () => {
      const otherOrganization = await createOrganization(operator, {
        externalId: `e-${Math.random()}`,
      });
      await createMember(operator, otherOrganization.organizationId);
      const profileId = await profileWith({
        organizationId,
        attributeMapping: { ...MAPPING, organizationId: "org" },
        canJitProvisionOrganizations: true,
        canJitProvision: true,
      });
      for (const org of [undefined, organizationId]) {
        const attested = await attestWith(profileId, await issuer.token({ org }), {});
        expect(attested.organization.organizationId).toBe(organizationId);
      }
      for (const org of [
        otherOrganization.organizationId,
        otherOrganization.externalId,
        "brand-new",
      ]) {
        const token = await issuer.token({ org });
        expect(await attestFailure(operator, { profileId, token })).toEqual({
          code: "ORGANIZATION_NOT_FOUND",
        });
      }
      const input = { profileId, token: await issuer.token() };
      expect(
        await attestFailure(operator, {
          ...input,
          organizationId: otherOrganization.organizationId,
        }),
      ).toEqual({ code: "BAD_USER_INPUT", path: ["input", "organizationId"] });
    });

    test("must exist, and its deletion deletes the profile", async () => {
      expect(await createFailure({ organizationId: "organization_unknown" })).toEqual({
        code: "ORGANIZATION_NOT_FOUND",
      });
      const { operator: otherOperator } = await server.otherProject();
      const foreign = await createOrganization(otherOperator);
      expect((await createFailure({ organizationId: foreign.organizationId })).code).toBe(
        "ORGANIZATION_NOT_FOUND",
      );
      const profileId = await profileWith({ organizationId });
      await operator.request(
        `mutation ($input: DeleteOrganizationInput!) { deleteOrganization(input: $input) { organizationId } }`,
        { input: { organizationId } },
      );
      expect((await operator.request(GET_PROFILE, { profileId })).profile).toBeNull();
    });

    test("of an inactive organization is not found", async () => {
      const profileId = await profileWith({ organizationId });
      await updateOrganization(operator, { organizationId, status: "INACTIVE" });
      const input = { profileId, token: await issuer.token() };
      expect(await attestFailure(operator, input)).toEqual({ code: "ORGANIZATION_NOT_FOUND" });
    });
  });

  describe("canJitProvisionOrganizations", () => {
    const mapped = { attributeMapping: { ...MAPPING, organizationId: "org" } };

    test("creates an unknown organization with its external id once, also concurrently", async () => {
      const profileId = await profileWith({
        ...mapped,
        canJitProvision: true,
        canJitProvisionOrganizations: true,
      });
      const org = `tenant-${Math.random()}`;
      const answers = await Promise.all(
        Array.from({ length: 8 }, async (_, number) => {
          const email = number % 2 === 0 ? "ada@example.com" : "grace@example.com";
          return attestWith(profileId, await issuer.token({ org, email }), {});
        }),
      );
      expect(new Set(answers.map((answer) => answer.member.memberId)).size).toBe(2);
      const ids = answers.map((answer) => answer.organization.organizationId);
      expect(new Set(ids).size).toBe(1);
      const { organization: created } = await operator.request(
        `query ($id: ID!) { organization(organizationId: $id) { name externalId } }`,
        { id: ids[0] },
      );
      expect(created).toEqual({ name: org, externalId: org });
    });

    test("does not create organizations if off, with an invalid external id or for an unknown member", async () => {
      const settings = { ...mapped, canJitProvision: true, canJitProvisionOrganizations: true };
      const count = async () =>
        (await operator.request("{ organizations { totalCount } }")).organizations.totalCount;
      const before = await count();
      const failureWith = async (profileId: string, org: string) =>
        attestFailure(operator, { profileId, token: await issuer.token({ org }) });
      const notFound = { code: "ORGANIZATION_NOT_FOUND" };
      const without = await profileWith({ ...settings, canJitProvisionOrganizations: false });
      expect(await failureWith(without, "new-tenant")).toEqual(notFound);
      const full = await profileWith(settings);
      for (const org of ["has space ", "two\nlines", `organization_${"a".repeat(22)}`]) {
        expect(await failureWith(full, org)).toEqual(notFound);
      }
      const membersOnly = await profileWith({ ...settings, canJitProvision: false });
      expect(await failureWith(membersOnly, "new-tenant")).toEqual({ code: "MEMBER_NOT_FOUND" });
      expect(await count()).toBe(before);
    });
  });

  test("roles of the token replace the member's roles", async () => {
    const profileId = await profileWith({ attributeMapping: { ...MAPPING, roles: "app.roles" } });
    const rolesAfter = async (app: unknown) => {
      const { member } = await attestWith(profileId, await issuer.token({ app }));
      const { roles, version } = (await getMember(operator, member.memberId)) ?? {};
      return { roles, version };
    };
    expect(await rolesAfter({ roles: ["admin", "dev"] })).toEqual({
      roles: ["admin", "dev"],
      version: 2,
    });
    expect(await rolesAfter({ roles: ["admin", "dev"] })).toMatchObject({ version: 2 });
    expect(await rolesAfter({ roles: "dev" })).toMatchObject({ roles: ["dev"] });
    expect(await rolesAfter(undefined)).toMatchObject({ roles: [] });
    expect(await rolesAfter({ roles: ["a,b"] })).toMatchObject({ roles: ["a,b"] });
    expect(await rolesAfter({ roles: ["a", "b"] })).toMatchObject({ roles: ["a", "b"] });
    expect(await rolesAfter({ roles: true })).toMatchObject({ roles: [] });
  });

  test("the project's default organization is used if none is named", async () => {
    const other = await server.otherProject();
    const profileId = await createProfile(other.operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      canJitProvision: true,
    });
    const input = { profileId, token: await issuer.token() };
    const first = await attest(other.operator, input);
    const second = await attest(other.operator, input);
    expect(second.member.memberId).toBe(first.member.memberId);
    const { organizations } = await other.operator.request(
      "{ organizations { nodes { organizationId isDefault } } }",
    );
    expect(organizations.nodes).toEqual([
      { organizationId: first.organization.organizationId, isDefault: true },
    ]);
  });

  describe("publicKeys", () => {
    const add = async (input: object) => operator.request(ADD_KEY, { input });
    const failureOf = async (operation: string, input: object) =>
      (await operator.failure(operation, { input })).extensions;

    test("can be replaced without interruption", async () => {
      const next = await foreignIssuer(server.clock, "ES256");
      const profileId = await profileWith({});
      expect(await reasonOf(profileId, await next.token())).toBe("ALGORITHM");
      const { addProfileKey } = await add({ profileId, publicKey: { jwk: next.jwk } });
      expect(addProfileKey.profile).toMatchObject({ version: 2 });
      const [formerKey, newKey] = addProfileKey.profile.keys.publicKeys;
      expect(newKey.algorithms).toEqual(["ES256"]);
      await attestWith(profileId, await issuer.token());
      await attestWith(profileId, await next.token());
      const input = { profileId, publicKeyId: formerKey.publicKeyId, expectedVersion: 2 };
      await operator.request(REMOVE_KEY, { input });
      expect(await reasonOf(profileId, await issuer.token())).toBe("ALGORITHM");
      await attestWith(profileId, await next.token());
      const { auditEvents } = await operator.request(
        `query ($id: ID!) { auditEvents(filter: { targetId: $id }) { nodes { action } } }`,
        { id: profileId },
      );
      const actions = auditEvents.nodes.map(({ action }: { action: string }) => action);
      expect(actions.sort()).toEqual(["PROFILE_ADD_KEY", "PROFILE_CREATE", "PROFILE_REMOVE_KEY"]);
    });

    test("are one to five distinct keys, and exclude a key set URL", async () => {
      const keys = await Promise.all(
        Array.from({ length: 5 }, () => foreignIssuer(server.clock, "ES256")),
      );
      const profileId = await profileWith({});
      const taken = { code: "ALREADY_EXISTS", path: ["input", "publicKey"] };
      expect(await failureOf(ADD_KEY, { profileId, publicKey: { pem: issuer.pem } })).toEqual(
        taken,
      );
      for (const { pem } of keys.slice(0, 4)) await add({ profileId, publicKey: { pem } });
      const tooMany = { profileId, publicKey: { pem: keys[4]?.pem } };
      const refused = { code: "BAD_USER_INPUT", path: ["input", "publicKey"] };
      expect(await failureOf(ADD_KEY, tooMany)).toEqual(refused);
      expect(await failureOf(ADD_KEY, { profileId, publicKey: { pem: "x" } })).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "publicKey", "pem"],
      });
      const single = await profileWith({});
      const { profile } = await operator.request(GET_PROFILE, { profileId: single });
      const [{ publicKeyId }] = profile.keys.publicKeys;
      for (const id of [publicKeyId, "unknown"]) {
        expect(await failureOf(REMOVE_KEY, { profileId: single, publicKeyId: id })).toEqual({
          code: "BAD_USER_INPUT",
          path: ["input", "publicKeyId"],
        });
      }
      const atUrl = await createProfile(operator, {
        keys: { jwksUrl: "https://issuer.example.com/jwks" },
      });
      for (const [operation, input] of [
        [ADD_KEY, { profileId: atUrl, publicKey: { pem: issuer.pem } }],
        [REMOVE_KEY, { profileId: atUrl, publicKeyId }],
      ] as const) {
        expect(await failureOf(operation, input)).toEqual({
          code: "BAD_USER_INPUT",
          path: ["input", "profileId"],
        });
      }
    });

    test("of another project's profile are reported as not found", async () => {
      const other = await server.otherProject();
      const foreign = await createProfile(other.operator, {
        keys: { publicKeys: [{ pem: issuer.pem }] },
      });
      const input = { profileId: foreign, publicKey: { pem: issuer.pem } };
      expect(await failureOf(ADD_KEY, input)).toEqual({ code: "PROFILE_NOT_FOUND" });
    });
  });
});
