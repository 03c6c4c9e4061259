import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  jwtBearer,
  REFUSED,
  requestToken,
  tokenExchange,
} from "../oauth/token-exchange-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { createClient, DELETE_CLIENT } from "../support/operations.js";
import { explain, recordStatements } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  attest,
  attestFailure,
  CREATE_PROFILE,
  createProfile,
  DELETE_PROFILE,
  MAPPING,
  profileInput,
  testProfile,
  UPDATE_PROFILE,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

const ENTRA = "https://login.microsoftonline.com/{tid}/v2.0";
const entra = (tid: string) => ENTRA.replace("{tid}", tid);
const TRUST_DOMAIN = "spiffe://example.org";
const WORKLOAD = `${TRUST_DOMAIN}/ns/payments/sa/worker`;

describe("the issuers of a profile", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
  });

  afterAll(async () => {
    await server.stop();
  });

  const keys = () => ({ publicKeys: [{ pem: issuer.pem }] });
  const forMembers = (settings: object) =>
    createProfile(operator, { keys: keys(), canJitProvision: true, ...settings });
  const reasonOf = async (profileId: string, claims: Record<string, unknown>) =>
    (await attestFailure(operator, { profileId, token: await issuer.token(claims) }))["reason"];
  const attestWith = async (profileId: string, claims: Record<string, unknown>) =>
    attest(operator, { profileId, token: await issuer.token(claims) });
  const update = (input: object) => operator.request(UPDATE_PROFILE, { input });
  const refusalOf = async (settings: object) => {
    const input = profileInput({ keys: keys(), ...settings });
    const { message, extensions } = await operator.failure(CREATE_PROFILE, { input });
    return { message, ...extensions };
  };

  /** A profile for a new client, whose tokens need this `team`. */
  const forClient = async (team: string, settings: object) => {
    const { clientId } = await createClient(operator);
    const profileId = await createProfile(operator, {
      keys: keys(),
      attributeMapping: {},
      clientId,
      claimConditions: [
        { claim: "team", operator: "EQUALS", values: [team] },
        { claim: "tid", operator: "IN", values: ["one", "two"] },
      ],
      ...settings,
    });
    return { clientId, profileId };
  };
  type TokenRequest = (token: string) => Record<string, string>;
  const grant = async (claims: Record<string, unknown>, request: TokenRequest = tokenExchange) =>
    requestToken(server, request(await issuer.token({ tid: "one", ...claims })));
  const isGranted = async (claims: Record<string, unknown>) => {
    const { status, body } = await grant(claims);
    if (status !== 200) expect(body).toEqual(REFUSED);
    return status === 200;
  };

  test("are also the alternatives, each exactly", async () => {
    const profileId = await forMembers({
      issuer: "https://accounts.google.com",
      alternativeIssuers: ["accounts.google.com", "https://accounts.example.com/x/"],
    });
    for (const iss of [
      "https://accounts.google.com",
      "accounts.google.com",
      "https://accounts.example.com/x/",
    ]) {
      await attestWith(profileId, { iss });
    }
    for (const iss of [
      "http://accounts.google.com",
      "accounts.google.com/",
      "https://accounts.example.com/x",
      "https://accounts.example.com/X/",
      ["accounts.google.com"],
    ]) {
      expect(await reasonOf(profileId, { iss })).toBe("ISSUER");
    }
    expect(await reasonOf(profileId, { iss: undefined })).toBe("CLAIM_MISSING");
    await update({ profileId, alternativeIssuers: [] });
    expect(await reasonOf(profileId, { iss: "accounts.google.com" })).toBe("ISSUER");
  });

  test("cannot become an alternative of itself", async () => {
    const profileId = await forMembers({ alternativeIssuers: ["https://next.example.com"] });
    const input = { profileId, issuer: "https://next.example.com" };
    expect((await operator.failure(UPDATE_PROFILE, { input })).extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "alternativeIssuers"],
    });
    await update({ ...input, alternativeIssuers: ["https://issuer.example.com"] });
  });

  describe("by a template", () => {
    const mapping = { ...MAPPING, organizationId: "tid" };

    test("are those of every tenant, whose members stay in the organization of their tenant", async () => {
      const profileId = await forMembers({
        issuer: ENTRA,
        attributeMapping: mapping,
        canJitProvisionOrganizations: true,
      });
      const email = "ceo@example.com";
      const [one, two] = await Promise.all(
        ["tenant-one", "tenant-two"].map((tid) =>
          attestWith(profileId, { iss: entra(tid), tid, email }),
        ),
      );
      expect(one?.member.emailAddress).toBe(two?.member.emailAddress);
      expect(one?.member.memberId).not.toBe(two?.member.memberId);
      expect(one?.organization.organizationId).not.toBe(two?.organization.organizationId);
    });

    test("must agree with the claim", async () => {
      const profileId = await forMembers({
        issuer: ENTRA,
        claimConditions: [{ claim: "tid", operator: "IN", values: ["one", "../one", "o/ne", "1"] }],
      });
      await attestWith(profileId, { iss: entra("one"), tid: "one" });
      for (const claims of [
        { iss: entra("two"), tid: "one" },
        { iss: entra("two"), tid: "two" },
        { iss: ENTRA, tid: "one" },
        { iss: entra("one"), tid: undefined },
        { iss: entra("one"), tid: ["one"] },
        { iss: entra("1"), tid: 1 },
        { iss: entra("../one"), tid: "../one" },
        { iss: entra("o/ne"), tid: "o/ne" },
        { iss: entra(""), tid: "" },
        { iss: `${entra("one")}/`, tid: "one" },
        { iss: `${entra("one")}?x=/v2.0`, tid: "one" },
        { iss: undefined, tid: "one" },
      ]) {
        expect(["ISSUER", "CLAIM_MISSING", "CONDITION"]).toContain(
          await reasonOf(profileId, claims),
        );
      }
    });

    test("are refused unless something keeps the tenants apart, then and later", async () => {
      const path = ["input", "issuer"];
      const refused = { code: "BAD_USER_INPUT", path };
      const unlisted = await refusalOf({ issuer: ENTRA });
      expect(unlisted).toMatchObject(refused);
      expect(unlisted.message).toContain("attributeMapping.organizationId");
      for (const operator of ["STARTS_WITH", "ENDS_WITH", "CONTAINS"]) {
        const claimConditions = [{ claim: "tid", operator, values: ["one"] }];
        expect(await refusalOf({ issuer: ENTRA, claimConditions })).toMatchObject(refused);
      }
      const otherClaim = { attributeMapping: { ...MAPPING, organizationId: "org" } };
      expect(await refusalOf({ issuer: ENTRA, ...otherClaim })).toMatchObject(refused);
      const { clientId } = await createClient(operator);
      const claimConditions = [{ claim: "sub", operator: "EQUALS", values: ["x"] }];
      const workload = { clientId, claimConditions, attributeMapping: mapping };
      const unlistedWorkload = await refusalOf({ issuer: ENTRA, ...workload });
      expect(unlistedWorkload).toMatchObject(refused);
      expect(unlistedWorkload.message).toContain("a profile for a client needs a claim condition");

      const profileId = await forMembers({ issuer: ENTRA, attributeMapping: mapping });
      for (const change of [
        { attributeMapping: MAPPING },
        { clientId, claimConditions },
        { issuer: "https://login.microsoftonline.com/{other}/v2.0" },
      ]) {
        const input = { profileId, ...change };
        const { extensions } = await operator.failure(UPDATE_PROFILE, { input });
        expect(extensions).toMatchObject(refused);
      }
    });
  });

  describe("by a SPIFFE trust domain", () => {
    const mapping = { email: "email", tokenId: "session_id" };

    test("are not needed in a token, whose subject is a workload of the trust domain", async () => {
      const profileId = await forMembers({ issuer: TRUST_DOMAIN, attributeMapping: mapping });
      await attestWith(profileId, { iss: undefined, sub: WORKLOAD });
      await attestWith(profileId, { iss: TRUST_DOMAIN, sub: WORKLOAD });
      for (const sub of [
        "spiffe://example.org.evil.test/ns/payments",
        "spiffe://evil.test/spiffe://example.org/x",
        "spiffe://sub.example.org/x",
        "spiffe://EXAMPLE.org/x",
        "spiffe://example.org",
        "spiffe://example.org/../x",
        "user-1",
        undefined,
        [WORKLOAD],
      ]) {
        expect(await reasonOf(profileId, { iss: undefined, sub })).toBe("ISSUER");
        expect(await reasonOf(profileId, { iss: TRUST_DOMAIN, sub })).toBe("ISSUER");
      }
    });

    test("must be one of the profile's if the token names one", async () => {
      const profileId = await forMembers({
        issuer: TRUST_DOMAIN,
        alternativeIssuers: ["https://oidc.example.org"],
      });
      await attestWith(profileId, { iss: "https://oidc.example.org", sub: WORKLOAD });
      for (const iss of ["https://other.example.org", "", null, [TRUST_DOMAIN]]) {
        expect(await reasonOf(profileId, { iss, sub: WORKLOAD })).toBe("ISSUER");
      }
    });

    test("let no other profile accept a token without an issuer", async () => {
      const profileId = await forMembers({ alternativeIssuers: [TRUST_DOMAIN] });
      expect(await reasonOf(profileId, { iss: undefined, sub: WORKLOAD })).toBe("CLAIM_MISSING");
    });
  });

  describe("find the profile of a client", () => {
    test("by each issuer, until it is another one or the profile is gone", async () => {
      const team = "by-issuer";
      const { profileId } = await forClient(team, {
        issuer: "https://one.example.com",
        alternativeIssuers: ["https://two.example.com", "three"],
      });
      for (const iss of ["https://one.example.com", "https://two.example.com", "three"]) {
        expect(await isGranted({ iss, team })).toBe(true);
        const { status } = await grant({ iss, team }, jwtBearer);
        expect(status).toBe(200);
      }
      expect(await isGranted({ iss: "https://TWO.example.com/", team })).toBe(false);
      await update({ profileId, alternativeIssuers: ["four"] });
      expect(await isGranted({ iss: "three", team })).toBe(false);
      expect(await isGranted({ iss: "four", team })).toBe(true);
      await update({ profileId, issuer: "https://five.example.com" });
      expect(await isGranted({ iss: "https://one.example.com", team })).toBe(false);
      expect(await isGranted({ iss: "https://five.example.com", team })).toBe(true);
      await operator.request(DELETE_PROFILE, { input: { profileId } });
      expect(await isGranted({ iss: "https://five.example.com", team })).toBe(false);
    });

    test("by a template, for the tenants that a condition lists", async () => {
      const team = "by-template";
      await forClient(team, { issuer: ENTRA });
      for (const tid of ["one", "two"]) {
        expect(await isGranted({ iss: entra(tid), tid, team })).toBe(true);
      }
      expect(await isGranted({ iss: entra("three"), tid: "three", team })).toBe(false);
      expect(await isGranted({ iss: entra("three"), tid: "one", team })).toBe(false);
      expect(await isGranted({ iss: entra("{}"), tid: "{}", team })).toBe(false);
    });

    test("by the trust domain of a token without an issuer", async () => {
      const team = "by-trust-domain";
      await forClient(team, {
        issuer: "spiffe://team.example.org",
        alternativeIssuers: ["https://oidc.team.example.org"],
      });
      const sub = "spiffe://team.example.org/worker";
      expect(await isGranted({ iss: undefined, sub, team })).toBe(true);
      expect(await isGranted({ iss: "https://oidc.team.example.org", sub, team })).toBe(true);
      expect(await isGranted({ iss: undefined, sub: "spiffe://other.example.org/x", team })).toBe(
        false,
      );
      expect(await isGranted({ iss: undefined, sub: "user-1", team })).toBe(false);
    });

    test("only after it has got a client, and in its project", async () => {
      const team = "later";
      const { clientId } = await createClient(operator);
      const profileId = await forMembers({
        issuer: "https://later.example.com",
        claimConditions: [{ claim: "team", operator: "EQUALS", values: [team] }],
      });
      const claims = { iss: "https://later.example.com", team };
      expect(await isGranted(claims)).toBe(false);
      await update({ profileId, clientId });
      expect(await isGranted(claims)).toBe(true);
      const other = await server.otherProject();
      const form = tokenExchange(await issuer.token(claims));
      expect((await requestToken(server, form, {}, other.projectId)).body).toEqual(REFUSED);
      await update({ profileId, clientId: null });
      expect(await isGranted(claims)).toBe(false);
      await update({ profileId, clientId });
      await operator.request(DELETE_CLIENT, { input: { clientId } });
      expect(await isGranted(claims)).toBe(false);
    });

    test("by an index", async () => {
      await forClient("plan", { issuer: "https://plan.example.com/{tid}" });
      const claims = { iss: "https://plan.example.com/one", team: "plan" };
      const statements = await recordStatements(server.services, () => isGranted(claims));
      const lookups = statements.filter(({ sql }) => sql.includes("workload_issuers"));
      expect(lookups).toHaveLength(1);
      await server.services.unitOfWork.write(async (manager) => {
        if (manager.dataSource.options.type === "postgres") {
          await manager.query("SET LOCAL enable_seqscan = off");
        }
        for (const lookup of lookups) {
          const plan = (await explain(manager, lookup)).join("\n");
          expect(plan).not.toMatch(/SCAN|Seq Scan/);
        }
      });
    });
  });

  test("of a profile that accepts anybody's since before templates are refused", async () => {
    const profileId = await forMembers({
      issuer: ENTRA,
      attributeMapping: { ...MAPPING, organizationId: "tid" },
    });
    await server.services.unitOfWork.write(async (manager) => {
      const mapping = JSON.stringify(MAPPING);
      await manager.query(
        `UPDATE trusted_auth_profiles SET attribute_mapping = '${mapping}' WHERE profile_id = '${profileId}'`,
      );
    });
    const token = await issuer.token({ iss: entra("one"), tid: "one" });
    const { checks } = await testProfile(operator, { profileId, token });
    expect(checks.find(({ status }) => status === "FAILED")).toMatchObject({
      check: "ISSUER",
      claim: "tid",
      message: expect.stringContaining("nothing keeps the tenants apart"),
    });
  });
});
