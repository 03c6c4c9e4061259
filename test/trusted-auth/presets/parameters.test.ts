import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient } from "../../support/operations.js";
import { CREATE, PresetStage } from "./preset-stage.js";

describe("a profile's preset", () => {
  let stage: PresetStage;

  beforeAll(async () => {
    stage = await PresetStage.start();
  });

  afterAll(async () => {
    await stage.stop();
  });

  const supabase = { provider: "SUPABASE", projectId: "abcdefghijklmnopqrst" };
  const auth0 = { provider: "AUTH0", domain: "tenant.auth0.com" };

  describe("names what is missing", () => {
    test.each<[object, object, string[], RegExp]>([
      [
        { provider: "SUPABASE" },
        {},
        ["preset", "projectId"],
        /^Supabase needs `projectId`, the reference of your project, or `domain` for a custom domain$/,
      ],
      [{ provider: "AUTH0" }, { audience: "a" }, ["preset", "domain"], /^Auth0 needs `domain`/],
      [auth0, {}, ["audience"], /^Auth0 needs `audience`: the client id .* or the identifier/],
      [{ provider: "OKTA" }, { audience: "a" }, ["preset", "domain"], /^Okta needs `domain`/],
      [
        { provider: "ENTRA_SINGLE_TENANT" },
        { audience: "a" },
        ["preset", "tenantId"],
        /^Entra \(one tenant\) needs `tenantId`.*GUID$/,
      ],
      [{ provider: "ENTRA_MULTI_TENANT" }, {}, ["audience"], /needs `audience`, the application/],
      [{ provider: "GOOGLE" }, {}, ["audience"], /^Google needs `audience`, the OAuth client id/],
      [{ provider: "FIREBASE" }, {}, ["preset", "projectId"], /^Firebase needs `projectId`/],
      [
        { provider: "COGNITO_ID_TOKEN" },
        { audience: "a" },
        ["preset", "tenantId"],
        /needs `tenantId`, the id of the user pool/,
      ],
      [
        { provider: "COGNITO_ACCESS_TOKEN", tenantId: "us-west-2_example" },
        {},
        ["audience"],
        /needs `audience`, the id of the app client$/,
      ],
      [{ provider: "CLERK" }, { audience: "a" }, ["preset", "domain"], /^Clerk needs `domain`/],
      [
        { provider: "KEYCLOAK", domain: "login.example.com" },
        { audience: "a" },
        ["preset"],
        /^Keycloak needs `domain`, .* and `tenantId`, the name of the realm$/,
      ],
      [{ provider: "GITLAB" }, {}, ["audience"], /^GitLab needs `audience`, the `aud`/],
      [{ provider: "KUBERNETES" }, {}, ["issuer"], /^Kubernetes needs `issuer`, .*kubectl/],
      [{ provider: "SPIFFE", domain: "example.org" }, {}, ["keys"], /^SPIFFE needs `keys.jwksUrl`/],
    ])("%j", async (preset, settings, path, sentence) => {
      const { message, extensions } = await stage.failure(preset, settings);
      expect(message).toMatch(sentence);
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", ...path] });
    });

    test.each(["issuer", "audience", "keys", "attributeMapping"])(
      "or, where there is no preset, %s",
      async (field) => {
        const { preset: _preset, ...input } = {
          preset: null,
          name: "By hand",
          issuer: "https://issuer.example.com",
          audience: "a",
          keys: { jwksUrl: "https://issuer.example.com/keys" },
          attributeMapping: { email: "email", tokenId: "jti" },
        };
        for (const absent of [null, undefined]) {
          const { message, extensions } = await stage.operator.failure(CREATE, {
            input: { ...input, [field]: absent },
          });
          expect(message).toBe("Must be given, unless a `preset` fills it");
          expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", field] });
        }
      },
    );
  });

  describe("takes parameters only as the provider writes them", () => {
    const guid = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    test.each<[object, string, RegExp]>([
      [
        { ...auth0, domain: "https://tenant.auth0.com/" },
        "domain",
        /without `https:\/\/` and with/,
      ],
      [{ ...auth0, domain: "tenant.auth0.com/" }, "domain", /^Must be a host name such as/],
      [{ ...auth0, domain: "tenant" }, "domain", /^Must be a host name such as/],
      [{ ...auth0, domain: "tenant.auth0.com@evil.com" }, "domain", /^Must be a host name/],
      [{ ...auth0, domain: "tenant.auth0.com?x" }, "domain", /^Must be a host name/],
      [{ ...auth0, domain: "" }, "domain", /^Must be a host name/],
      [{ provider: "OKTA", domain: "dev-1-admin.okta.com" }, "domain", /without `-admin`/],
      [{ provider: "OKTA", tenantId: "../org" }, "tenantId", /id of an authorization server/],
      [{ provider: "SUPABASE", projectId: "My Project" }, "projectId", /project's reference/],
      [
        { provider: "ENTRA_SINGLE_TENANT", tenantId: "contoso.onmicrosoft.com" },
        "tenantId",
        /a GUID: `iss` names the tenant by its GUID, so a domain would never match$/,
      ],
      [
        { provider: "ENTRA_SINGLE_TENANT", tenantId: "common" },
        "tenantId",
        /ENTRA_MULTI_TENANT accepts many$/,
      ],
      [{ provider: "FIREBASE", projectId: "123456789012" }, "projectId", /name nor its number$/],
      [
        { provider: "COGNITO_ID_TOKEN", tenantId: "example" },
        "tenantId",
        /begins with the region$/,
      ],
      [
        { provider: "KEYCLOAK", domain: "kc.example.com/auth" },
        "domain",
        /perhaps with a port, such as/,
      ],
      [{ provider: "KEYCLOAK", tenantId: "a/b" }, "tenantId", /realm's name as it is in URLs/],
      [
        { provider: "KUBERNETES", domain: "oidc.eks.eu-west-1.amazonaws.com" },
        "domain",
        /which many clusters share: give `issuer`, whose path names the cluster$/,
      ],
      [{ provider: "SPIFFE", domain: "spiffe://example.org" }, "domain", /without `spiffe:/],
      [{ ...supabase, tenantId: "x" }, "tenantId", /^Supabase does not use `tenantId`$/],
      [{ provider: "GOOGLE", projectId: "x" }, "projectId", /^Google does not use `projectId`$/],
      [
        { provider: "ENTRA_MULTI_TENANT", tenantId: guid },
        "tenantId",
        /does not use `tenantId`: it accepts every tenant .* restricts them further$/,
      ],
    ])("%j", async (preset, parameter, sentence) => {
      const { message, extensions } = await stage.failure(preset, { audience: "a" });
      expect(message).toMatch(sentence);
      expect(message).not.toContain("contoso");
      expect(extensions).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "preset", parameter],
      });
    });
  });

  describe("gives way to what is given beside it", () => {
    test("setting by setting", async () => {
      const given = {
        issuer: "https://login.example.com/",
        audience: "1",
        keys: { jwksUrl: "https://keys.example.com/jwks" },
        audienceClaim: "azp",
        allowedAlgorithms: ["ES256"],
      };
      expect(await stage.create({ provider: "GOOGLE" }, given)).toMatchObject({
        ...given,
        alternativeIssuers: [],
      });
    });

    test("attribute by attribute", async () => {
      const attributeMapping = { email: "user_metadata.email", roles: "app_metadata.roles" };
      const profile = await stage.create(supabase, { attributeMapping });
      expect(profile.attributeMapping).toEqual({
        email: "user_metadata.email",
        externalMemberId: "sub",
        name: "user_metadata.name",
        organizationId: null,
        tokenId: null,
        roles: "app_metadata.roles",
      });
    });

    test("condition by condition", async () => {
      const confirmed = { claim: "is_anonymous", operator: "EQUALS", values: ["false"] };
      const staff = { claim: "role", operator: "IN", values: ["staff", "authenticated"] };
      const { claimConditions } = await stage.create(supabase, { claimConditions: [confirmed] });
      expect(claimConditions.map(({ claim }) => claim)).toEqual(["role", "is_anonymous"]);
      expect(await stage.create(supabase, { claimConditions: [staff] })).toMatchObject({
        claimConditions: [staff],
      });
    });

    test("and takes the key set from another issuer", async () => {
      const profile = await stage.create(
        { provider: "SUPABASE" },
        { issuer: "https://sb.corp/auth/v1" },
      );
      expect(profile.keys.jwksUrl).toBe("https://sb.corp/auth/v1/.well-known/jwks.json");
      const { message, extensions } = await stage.failure(
        { provider: "SUPABASE" },
        { issuer: "supabase" },
      );
      expect(message).toMatch(/^Supabase needs `keys`, since the URL of its key set/);
      expect(extensions["path"]).toEqual(["input", "keys"]);
    });

    test("null is as good as absent", async () => {
      const nothing = { issuer: null, audience: null, keys: null, attributeMapping: null };
      const preset = { ...supabase, domain: null, tenantId: null };
      const { profileId: _first, ...filled } = await stage.create(supabase);
      expect(await stage.create(preset, nothing)).toMatchObject(filled);
    });
  });

  test("maps no members for a client", async () => {
    const { clientId } = await createClient(stage.operator);
    const machine = {
      audience: "https://example.com/health-api",
      clientId,
      claimConditions: [{ claim: "azp", operator: "EQUALS", values: ["my_client_id"] }],
    };
    const profile = await stage.create(auth0, machine);
    expect(profile.claimConditions).toEqual(machine.claimConditions);
    expect(new Set(Object.values(profile.attributeMapping))).toEqual(new Set([null]));
  });

  test("is filled once: repeating the call with its key answers with the same profile", async () => {
    const settings = { idempotencyKey: "from-preset" };
    const first = await stage.create(supabase, settings);
    expect(await stage.create(supabase, settings)).toEqual(first);
    const other = { ...supabase, projectId: "zyxwvutsrqponmlkjihg" };
    const { extensions } = await stage.failure(other, settings);
    expect(extensions["code"]).toBe("IDEMPOTENCY_CONFLICT");
  });

  test("needs the permissions of what it fills", async () => {
    const profilesOnly = await stage.server.keyWith("profiles:write");
    const input = { name: "Preset", preset: supabase };
    expect((await profilesOnly.failure(CREATE, { input })).extensions["code"]).toBe("FORBIDDEN");
  });
});
