import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  AUTH0_ACCESS_TOKEN_PROFILES,
  AUTH0_ID_TOKEN_STRUCTURE,
  CLERK_SESSION_TOKENS,
  KEYCLOAK_TOKENS,
  OKTA_OPENID_CONNECT_AND_OAUTH,
  SUPABASE_JWT_CLAIMS_REFERENCE,
} from "./documented-tokens.js";
import { type Claims, PresetStage } from "./preset-stage.js";

describe("a preset of a login service", () => {
  let stage: PresetStage;

  beforeAll(async () => {
    stage = await PresetStage.start();
  });

  afterAll(async () => {
    await stage.stop();
  });

  describe("Supabase", () => {
    const preset = { provider: "SUPABASE", projectId: "abcdefghijklmnopqrst" };
    const { user, anonKey, serviceRoleKey } = SUPABASE_JWT_CLAIMS_REFERENCE;

    test("needs the project's reference alone", async () => {
      expect(await stage.create(preset)).toMatchObject({
        issuer: "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
        alternativeIssuers: [],
        audience: "authenticated",
        keys: {
          jwksUrl: "https://abcdefghijklmnopqrst.supabase.co/auth/v1/.well-known/jwks.json",
        },
        allowedAlgorithms: ["ES256", "RS256"],
        attributeMapping: { email: "email", externalMemberId: "sub", tokenId: null },
        claimConditions: [{ claim: "role", operator: "EQUALS", values: ["authenticated"] }],
      });
    });

    test("accepts a custom domain, and the project's own beside it", async () => {
      const { issuer, alternativeIssuers, keys } = await stage.create({
        ...preset,
        domain: "Auth.Example.com",
      });
      expect(issuer).toBe("https://auth.example.com/auth/v1");
      expect(alternativeIssuers).toEqual(["https://abcdefghijklmnopqrst.supabase.co/auth/v1"]);
      expect(keys.jwksUrl).toBe("https://auth.example.com/auth/v1/.well-known/jwks.json");
    });

    test("signs users in, with and without an address", async () => {
      const profileId = await stage.profileFor(preset);
      expect(await stage.member(profileId, user)).toEqual({
        externalId: user.sub,
        emailAddress: "user@example.com",
        name: "John Doe",
      });
      const sub = "22222222-e89b-12d3-a456-426614174000";
      const phone = { ...user, sub, email: "", phone: "+1234567890", user_metadata: {} };
      const anonymous = { ...phone, sub: "3", phone: "", is_anonymous: true };
      expect(await stage.member(profileId, phone)).toMatchObject({ emailAddress: null });
      expect(await stage.member(profileId, anonymous)).toMatchObject({ externalId: "3" });
    });

    test.each<[string, Claims, string]>([
      ["another project", { ...user, iss: "https://zzzz.supabase.co/auth/v1" }, "ISSUER iss"],
      ["the issuer with a slash", { ...user, iss: `${user.iss}/` }, "ISSUER iss"],
      ["an anonymous audience", { ...user, aud: "anon" }, "AUDIENCE aud"],
      ["the anon key", anonKey, "ISSUER iss"],
      ["the service role key", serviceRoleKey, "ISSUER iss"],
      ["a token of the service role", { ...user, role: "service_role" }, "CONDITION role"],
      ["a token of the role anon", { ...user, role: "anon" }, "CONDITION role"],
    ])("refuses %s", async (_, claims, reason) => {
      expect(await stage.outcome(await stage.profileFor(preset), claims)).toBe(reason);
    });
  });

  describe("Auth0", () => {
    const preset = { provider: "AUTH0", domain: "my-domain.auth0.com" };
    const { user, machine } = AUTH0_ACCESS_TOKEN_PROFILES;
    const idToken = AUTH0_ID_TOKEN_STRUCTURE;
    const forApplication = { audience: idToken.aud };
    const forApi = { audience: "https://example.com/health-api" };

    test("has an issuer that ends with a slash", async () => {
      expect(await stage.create(preset, forApplication)).toMatchObject({
        issuer: "https://my-domain.auth0.com/",
        keys: { jwksUrl: "https://my-domain.auth0.com/.well-known/jwks.json" },
        claimConditions: [],
      });
    });

    test("signs users in with ID tokens and with access tokens of an API", async () => {
      const profileId = await stage.profileFor(preset, forApplication);
      expect(await stage.member(profileId, idToken)).toEqual({
        externalId: "auth0|123456",
        emailAddress: "janedoe@example.com",
        name: "Jane Doe",
      });
      const ofApi = await stage.profileFor(preset, forApi);
      const other = { ...user, sub: "google-oauth2|1" };
      expect(await stage.member(ofApi, other)).toMatchObject({ externalId: "google-oauth2|1" });
    });

    test.each<[string, object, Claims, string]>([
      ["another tenant", forApplication, { ...idToken, iss: "https://b.auth0.com/" }, "ISSUER iss"],
      ["another application", forApplication, { ...idToken, aud: "other" }, "AUDIENCE aud"],
      ["an access token for an ID token", forApplication, user, "AUDIENCE aud"],
      ["a machine", forApi, machine, "CONDITION scope"],
      [
        "an unverified address",
        forApplication,
        { ...idToken, email_verified: false },
        "CONDITION email_verified",
      ],
    ])("refuses %s", async (_, audience, claims, reason) => {
      expect(await stage.outcome(await stage.profileFor(preset, audience), claims)).toBe(reason);
    });
  });

  describe("Okta", () => {
    const preset = { provider: "OKTA", domain: "example.okta.com", tenantId: "default" };
    const { idToken, accessToken, machine } = OKTA_OPENID_CONNECT_AND_OAUTH;
    const forApplication = { audience: idToken.aud };
    const forApi = { audience: "api://default" };

    test("has custom authorization servers and the organization's", async () => {
      expect(await stage.create(preset, forApplication)).toMatchObject({
        issuer: "https://example.okta.com/oauth2/default",
        keys: { jwksUrl: "https://example.okta.com/oauth2/default/v1/keys" },
      });
      const organization = { ...preset, tenantId: null };
      expect(await stage.create(organization, forApplication)).toMatchObject({
        issuer: "https://example.okta.com",
        keys: { jwksUrl: "https://example.okta.com/oauth2/v1/keys" },
      });
    });

    test("knows a user by the same id in both kinds of token", async () => {
      const member = { externalId: "00uid4BxXw6I6TV4m0g3", emailAddress: "john.doe@example.com" };
      const profileId = await stage.profileFor(preset, forApplication);
      expect(await stage.member(profileId, idToken)).toMatchObject(member);
      const ofApi = await stage.profileFor(preset, forApi);
      expect(await stage.member(ofApi, accessToken)).toMatchObject(member);
    });

    test.each<[string, object, Claims, string]>([
      [
        "another authorization server",
        forApplication,
        { ...idToken, iss: "https://example.okta.com" },
        "ISSUER iss",
      ],
      ["another application", forApplication, { ...idToken, aud: "0oaother" }, "AUDIENCE aud"],
      ["an access token for an ID token", forApplication, accessToken, "AUDIENCE aud"],
      ["a machine", forApi, machine, "CLAIM_MISSING uid"],
    ])("refuses %s", async (_, audience, claims, reason) => {
      expect(await stage.outcome(await stage.profileFor(preset, audience), claims)).toBe(reason);
    });
  });

  describe("Keycloak", () => {
    const preset = { provider: "KEYCLOAK", domain: "login.example.com", tenantId: "main" };
    const settings = { audience: "web-app" };
    const { idToken, serviceAccount } = KEYCLOAK_TOKENS;

    test("needs the host and the realm", async () => {
      expect(await stage.create({ ...preset, domain: "sso.corp:8443" }, settings)).toMatchObject({
        issuer: "https://sso.corp:8443/realms/main",
        keys: { jwksUrl: "https://sso.corp:8443/realms/main/protocol/openid-connect/certs" },
      });
    });

    test("signs users in, federated ones too", async () => {
      expect(await stage.member(await stage.profileFor(preset, settings), idToken)).toEqual({
        externalId: "f:44d42131-2236-4897-9146-1c782cf44d92:peter",
        emailAddress: "peter@example.com",
        name: "Peter Example",
      });
    });

    test.each<[string, Claims, string]>([
      [
        "another realm",
        { ...idToken, iss: "https://login.example.com/realms/master" },
        "ISSUER iss",
      ],
      ["another client", { ...idToken, aud: "account" }, "AUDIENCE aud"],
      ["an access token", { ...idToken, typ: "Bearer" }, "CONDITION typ"],
      ["a logout token", { ...idToken, typ: "Logout" }, "CONDITION typ"],
      ["a service account", serviceAccount, "CONDITION typ"],
    ])("refuses %s", async (_, claims, reason) => {
      expect(await stage.outcome(await stage.profileFor(preset, settings), claims)).toBe(reason);
    });
  });

  describe("Clerk", () => {
    const preset = { provider: "CLERK", domain: "clerk.your-site.com" };
    const settings = { audience: "https://example.com" };
    const { version1, version2 } = CLERK_SESSION_TOKENS;

    test("has the audience in `azp`", async () => {
      expect(await stage.create(preset, settings)).toMatchObject({
        issuer: "https://clerk.your-site.com",
        audienceClaim: "azp",
        keys: { jwksUrl: "https://clerk.your-site.com/.well-known/jwks.json" },
      });
    });

    test("signs users in with both versions of the token", async () => {
      const member = { externalId: "user_123", emailAddress: null, name: null };
      const profileId = await stage.profileFor(preset, settings);
      expect(await stage.member(profileId, version2)).toEqual(member);
      expect(await stage.member(profileId, version1)).toEqual(member);
    });

    test.each<[string, Claims, string]>([
      ["another instance", { ...version2, iss: "https://clerk.other.com" }, "ISSUER iss"],
      ["another web application", { ...version2, azp: "https://evil.com" }, "AUDIENCE azp"],
      ["a token without `azp`", { ...version2, azp: undefined }, "CLAIM_MISSING azp"],
    ])("refuses %s", async (_, claims, reason) => {
      expect(await stage.outcome(await stage.profileFor(preset, settings), claims)).toBe(reason);
    });
  });
});
