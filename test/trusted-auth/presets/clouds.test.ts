import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createOrganization } from "../../organizations/organization-operations.js";
import {
  COGNITO_UNDERSTANDING_TOKENS,
  ENTRA_ID_TOKEN_CLAIMS_REFERENCE,
  FIREBASE_VERIFY_ID_TOKENS,
  GOOGLE_OPENID_CONNECT,
} from "./documented-tokens.js";
import { type Claims, PresetStage } from "./preset-stage.js";

describe("a preset of a cloud", () => {
  let stage: PresetStage;

  beforeAll(async () => {
    stage = await PresetStage.start();
  });

  afterAll(async () => {
    await stage.stop();
  });

  describe("Entra", () => {
    const { version1, version2 } = ENTRA_ID_TOKEN_CLAIMS_REFERENCE;
    const settings = { audience: version2.aud };
    const one = { provider: "ENTRA_SINGLE_TENANT", tenantId: version2.tid.toUpperCase() };
    const many = { provider: "ENTRA_MULTI_TENANT" };
    const otherTenant = "22222222-0000-cccc-1111-dddd2222eeee";
    const ofTenant = (tid: string): Claims => ({
      ...version2,
      tid,
      iss: `https://login.microsoftonline.com/${tid}/v2.0`,
    });

    test("of one tenant has that tenant's issuer and keys", async () => {
      const tenant = `https://login.microsoftonline.com/${version2.tid}`;
      expect(await stage.create(one, settings)).toMatchObject({
        issuer: `${tenant}/v2.0`,
        keys: { jwksUrl: `${tenant}/discovery/v2.0/keys` },
        attributeMapping: { email: null, externalMemberId: "oid", organizationId: null },
      });
    });

    test("of one tenant knows a user by the tenant's id for it, not by an address", async () => {
      const profileId = await stage.profileFor(one, settings);
      expect(await stage.member(profileId, version2)).toEqual({
        externalId: version2.oid,
        emailAddress: null,
        name: "Abe Lincoln",
      });
      expect(await stage.outcome(profileId, ofTenant(otherTenant))).toBe("ISSUER iss");
    });

    test("of many tenants takes the tenant for the organization", async () => {
      expect(await stage.create(many, settings)).toMatchObject({
        issuer: "https://login.microsoftonline.com/{tid}/v2.0",
        keys: { jwksUrl: "https://login.microsoftonline.com/common/discovery/v2.0/keys" },
        attributeMapping: { email: null, externalMemberId: "oid", organizationId: "tid" },
      });
      const profileId = await stage.profileFor(many, settings);
      expect(await stage.outcome(profileId, version2)).toBe("ORGANIZATION_NOT_FOUND");
      await createOrganization(stage.operator, { externalId: version2.tid });
      expect(await stage.member(profileId, version2)).toMatchObject({ externalId: version2.oid });
      expect(await stage.outcome(profileId, ofTenant(otherTenant))).toBe("ORGANIZATION_NOT_FOUND");
    });

    test("of many tenants keeps the tenants apart, whatever address a token has", async () => {
      const profileId = await stage.profileFor(many, settings);
      await createOrganization(stage.operator, { externalId: otherTenant });
      const stranger = { ...ofTenant(otherTenant), oid: "f0000000-0000-0000-0000-000000000000" };
      expect(await stage.member(profileId, stranger)).toMatchObject({ externalId: stranger.oid });
      const pretender = { ...ofTenant(otherTenant), tid: version2.tid };
      expect(await stage.outcome(profileId, pretender)).toBe("ISSUER iss");
    });

    test.each([
      ["one tenant", one],
      ["many tenants", many],
    ])("of %s refuses other applications and tokens of version 1.0", async (_, preset) => {
      const profileId = await stage.profileFor(preset, settings);
      const other = { ...version2, aud: "99991111-aaaa-2222-bbbb-3333cccc4444" };
      expect(await stage.outcome(profileId, other)).toBe("AUDIENCE aud");
      expect(await stage.outcome(profileId, version1)).toBe("ISSUER iss");
      expect(await stage.explanation(profileId, version1)).toMatch(
        /version 1\.0, .* requestedAccessTokenVersion to 2/,
      );
    });
  });

  describe("Google", () => {
    const { user, serviceAccount } = GOOGLE_OPENID_CONNECT;
    const settings = { audience: user.aud };
    const preset = { provider: "GOOGLE" };

    test("has an issuer of two spellings", async () => {
      expect(await stage.create(preset, settings)).toMatchObject({
        issuer: "https://accounts.google.com",
        alternativeIssuers: ["accounts.google.com"],
        keys: { jwksUrl: "https://www.googleapis.com/oauth2/v3/certs" },
      });
    });

    test("signs users in", async () => {
      const profileId = await stage.profileFor(preset, settings);
      const member = {
        externalId: user.sub,
        emailAddress: "jsmith@example.com",
        name: "Jane Smith",
      };
      expect(await stage.member(profileId, user)).toEqual(member);
      expect(await stage.member(profileId, { ...user, iss: "accounts.google.com" })).toEqual(
        member,
      );
      const onPhone = { ...user, azp: "1234987819200-phone.apps.googleusercontent.com" };
      expect(await stage.outcome(profileId, onPhone)).toBe("MEMBER_FOUND");
    });

    test("accepts only the accounts of an organization where one is given", async () => {
      const profileId = await stage.profileFor({ ...preset, domain: "example.com" }, settings);
      expect(await stage.outcome(profileId, user)).toMatch(/^MEMBER_/);
      expect(await stage.outcome(profileId, { ...user, hd: "example.net" })).toBe("CONDITION hd");
      expect(await stage.outcome(profileId, { ...user, hd: undefined })).toBe("CONDITION hd");
    });

    test.each<[string, Claims, string]>([
      ["another application", { ...user, aud: "5.apps.googleusercontent.com" }, "AUDIENCE aud"],
      ["an unverified address", { ...user, email_verified: "false" }, "CONDITION email_verified"],
      ["a service account", serviceAccount, "CONDITION azp"],
    ])("refuses %s", async (_, claims, reason) => {
      expect(await stage.outcome(await stage.profileFor(preset, settings), claims)).toBe(reason);
    });
  });

  describe("Firebase", () => {
    const preset = { provider: "FIREBASE", projectId: "my-app-1a2b3" };
    const user = FIREBASE_VERIFY_ID_TOKENS;
    const { email: _email, email_verified: _verified, name: _name, ...nameless } = user;

    test("needs the project's id alone", async () => {
      expect(await stage.create(preset)).toMatchObject({
        issuer: "https://securetoken.google.com/my-app-1a2b3",
        audience: "my-app-1a2b3",
        keys: {
          jwksUrl:
            "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
        },
        claimConditions: [],
      });
    });

    test("signs users in, with and without an address", async () => {
      const profileId = await stage.profileFor(preset);
      expect(await stage.member(profileId, user)).toEqual({
        externalId: user.sub,
        emailAddress: "jane@example.com",
        name: "Jane Doe",
      });
      const anonymous = { ...nameless, sub: "a", firebase: { sign_in_provider: "anonymous" } };
      expect(await stage.member(profileId, anonymous)).toEqual({
        externalId: "a",
        emailAddress: null,
        name: null,
      });
    });

    test("accepts only the users of a tenant where one is given", async () => {
      const profileId = await stage.profileFor({ ...preset, tenantId: "tenant-1-a2b3c" });
      const inTenant = (tenant: string) => ({
        ...user,
        firebase: { ...user.firebase, tenant },
      });
      expect(await stage.outcome(profileId, inTenant("tenant-1-a2b3c"))).toMatch(/^MEMBER_/);
      const refused = "CONDITION firebase.tenant";
      expect(await stage.outcome(profileId, inTenant("tenant-2-a2b3c"))).toBe(refused);
      expect(await stage.outcome(profileId, user)).toBe(refused);
    });

    test.each<[string, Claims, string]>([
      [
        "another project",
        { ...user, iss: "https://securetoken.google.com/other-app", aud: "other-app" },
        "ISSUER iss",
      ],
      ["another audience", { ...user, aud: "other-app" }, "AUDIENCE aud"],
      [
        "a session cookie",
        { ...user, iss: "https://session.firebase.google.com/my-app-1a2b3" },
        "ISSUER iss",
      ],
      ["an unverified address", { ...user, email_verified: false }, "CONDITION email_verified"],
    ])("refuses %s", async (_, claims, reason) => {
      expect(await stage.outcome(await stage.profileFor(preset), claims)).toBe(reason);
    });
  });

  describe("Cognito", () => {
    const pool = { tenantId: "us-west-2_example" };
    const settings = { audience: "xxxxxxxxxxxxexample" };
    const { idToken, accessToken } = COGNITO_UNDERSTANDING_TOKENS;
    const idTokens = { provider: "COGNITO_ID_TOKEN", ...pool };
    const accessTokens = { provider: "COGNITO_ACCESS_TOKEN", ...pool };

    test("needs the user pool's id, which begins with the region", async () => {
      const issuer = "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example";
      const both = { issuer, keys: { jwksUrl: `${issuer}/.well-known/jwks.json` } };
      expect(await stage.create(idTokens, settings)).toMatchObject({
        ...both,
        audienceClaim: null,
        claimConditions: [{ claim: "token_use", operator: "EQUALS", values: ["id"] }],
      });
      expect(await stage.create(accessTokens, settings)).toMatchObject({
        ...both,
        audienceClaim: "client_id",
        claimConditions: [{ claim: "token_use", operator: "EQUALS", values: ["access"] }],
      });
    });

    test("knows a user by the same id in both kinds of token", async () => {
      const member = { externalId: idToken.sub, emailAddress: "my-test-user@example.com" };
      const profileId = await stage.profileFor(idTokens, settings);
      expect(await stage.member(profileId, idToken)).toMatchObject(member);
      const ofAccess = await stage.profileFor(accessTokens, settings);
      expect(await stage.member(ofAccess, accessToken)).toMatchObject(member);
    });

    test.each<[string, object, Claims, string]>([
      ["another user pool", idTokens, { ...idToken, iss: `${idToken.iss}2` }, "ISSUER iss"],
      ["another app client", idTokens, { ...idToken, aud: "other" }, "AUDIENCE aud"],
      ["an access token for an ID token", idTokens, accessToken, "CLAIM_MISSING aud"],
      [
        "an access token with an audience for an ID token",
        idTokens,
        { ...accessToken, aud: settings.audience },
        "CONDITION token_use",
      ],
      ["an ID token for an access token", accessTokens, idToken, "CLAIM_MISSING client_id"],
      [
        "an ID token with `client_id` for an access token",
        accessTokens,
        { ...idToken, client_id: settings.audience },
        "CONDITION token_use",
      ],
      [
        "another app client's access token",
        accessTokens,
        { ...accessToken, client_id: "other" },
        "AUDIENCE client_id",
      ],
    ])("refuses %s", async (_, preset, claims, reason) => {
      expect(await stage.outcome(await stage.profileFor(preset, settings), claims)).toBe(reason);
    });
  });
});
