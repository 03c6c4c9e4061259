import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { jwtBearer, requestToken } from "../../oauth/token-exchange-operations.js";
import { createClient } from "../../support/operations.js";
import {
  GITHUB_OPENID_CONNECT_REFERENCE,
  GITLAB_ID_TOKEN_AUTHENTICATION,
  KUBERNETES_MANAGING_SERVICE_ACCOUNTS,
  SPIFFE_JWT_SVID,
} from "./documented-workload-tokens.js";
import { type Claims, PresetStage } from "./preset-stage.js";

const AUDIENCE = "https://auth.example.test";

interface Platform {
  preset: object;
  keys?: object;
  token: Claims;
  condition: object;
  refused: [string, Claims, string][];
}

const github = GITHUB_OPENID_CONNECT_REFERENCE;
const gitlab = GITLAB_ID_TOKEN_AUTHENTICATION;
const kubernetes = KUBERNETES_MANAGING_SERVICE_ACCOUNTS;
const equals = (claim: string, value: string) => ({ claim, operator: "EQUALS", values: [value] });

const PLATFORMS: [string, Platform][] = [
  [
    "GitHub Actions",
    {
      preset: { provider: "GITHUB_ACTIONS" },
      token: github,
      condition: equals("repository_id", "456789"),
      refused: [
        ["a fork", { ...github, repository_id: "1" }, "CONDITION repository_id"],
        ["another server", { ...github, iss: "https://ghe.example/_services/token" }, "ISSUER iss"],
      ],
    },
  ],
  [
    "GitLab",
    {
      preset: { provider: "GITLAB" },
      token: gitlab,
      condition: equals("project_id", "20"),
      refused: [
        ["another project", { ...gitlab, project_id: "21" }, "CONDITION project_id"],
        ["another server", { ...gitlab, iss: "https://gitlab.example.com" }, "ISSUER iss"],
      ],
    },
  ],
  [
    "Kubernetes",
    {
      preset: { provider: "KUBERNETES", domain: "my-cluster.example.com" },
      token: kubernetes,
      condition: equals("sub", "system:serviceaccount:my-namespace:my-serviceaccount"),
      refused: [
        [
          "another namespace",
          { ...kubernetes, sub: "system:serviceaccount:other:my-serviceaccount" },
          "CONDITION sub",
        ],
        ["another cluster", { ...kubernetes, iss: "https://other.example.com" }, "ISSUER iss"],
      ],
    },
  ],
  [
    "SPIFFE",
    {
      preset: { provider: "SPIFFE", domain: "example.org" },
      keys: { jwksUrl: "https://spire.example.org/bundle" },
      token: SPIFFE_JWT_SVID,
      condition: equals("sub", "spiffe://example.org/billing"),
      refused: [
        [
          "another workload",
          { ...SPIFFE_JWT_SVID, sub: "spiffe://example.org/b" },
          "CONDITION sub",
        ],
        [
          "another trust domain",
          { ...SPIFFE_JWT_SVID, sub: "spiffe://example.com/billing" },
          "ISSUER sub",
        ],
      ],
    },
  ],
];

describe.each(PLATFORMS)("a preset of %s", (_, platform) => {
  const { preset, keys, token, condition, refused } = platform;
  let stage: PresetStage;
  let clientId: string;
  let settings: object;

  beforeAll(async () => {
    stage = await PresetStage.start();
    clientId = (await createClient(stage.operator)).clientId;
    settings = { audience: AUDIENCE, keys, clientId, claimConditions: [condition] };
  });

  afterAll(async () => {
    await stage.stop();
  });

  test("makes a workload the client, and nobody a member", async () => {
    const created = await stage.create(preset, settings);
    const { tokenId: _tokenId, ...members } = created.attributeMapping;
    expect(new Set(Object.values(members))).toEqual(new Set([null]));
    await stage.withOwnKeys(created.profileId, keys && stage.bundleUrl);
    const answer = await requestToken(stage.server, jwtBearer(await stage.token(token)));
    expect(answer.status).toBe(200);
    expect(await stage.outcome(created.profileId, token)).toBe("CLIENT_IDENTIFIED");
  });

  test.each([
    ...refused,
    ["another audience", { ...token, aud: ["https://other.example"] }, "AUDIENCE aud"] as const,
  ])("refuses %s", async (__, claims, reason) => {
    const { profileId } = await stage.create(preset, settings);
    await stage.withOwnKeys(profileId);
    expect(await stage.outcome(profileId, claims)).toBe(reason);
    expect((await requestToken(stage.server, jwtBearer(await stage.token(claims)))).status).toBe(
      400,
    );
  });

  test("needs a client and a condition on whose workload it is", async () => {
    const needs = async (changes: object) => {
      const { message, extensions } = await stage.failure(preset, { ...settings, ...changes });
      return { message, path: extensions["path"] };
    };
    expect(await needs({ clientId: null })).toEqual({
      message: expect.stringMatching(/ needs `clientId`, the client that .* become/),
      path: ["input", "clientId"],
    });
    const refusedCondition = {
      message: expect.stringMatching(/ needs a condition on .*operator: EQUALS/),
      path: ["input", "claimConditions"],
    };
    for (const claimConditions of [
      null,
      [],
      [equals("ref", "refs/heads/main")],
      [{ ...condition, operator: "ENDS_WITH" }],
      [
        {
          claim: "sub",
          operator: "STARTS_WITH",
          values: ["repo:octo-org", "spiffe://", "system:"],
        },
      ],
    ]) {
      expect(await needs({ claimConditions })).toEqual(refusedCondition);
    }
  });
});

describe("a preset of a platform", () => {
  let stage: PresetStage;
  let settings: object;

  beforeAll(async () => {
    stage = await PresetStage.start();
    const { clientId } = await createClient(stage.operator);
    const anyWorkload = ["sub", "repository", "project_path"].map((claim) => equals(claim, "a"));
    settings = { audience: AUDIENCE, clientId, claimConditions: anyWorkload };
  });

  afterAll(async () => {
    await stage.stop();
  });

  const eks = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E";
  const gke = "https://container.googleapis.com/v1/projects/p/locations/europe-west1/clusters/c";
  const aks = "https://westeurope.oic.prod-aks.azure.com/aaaabbbb-0000/00001111-aaaa/";

  test.each<[string, object, object, string, string]>([
    [
      "GitHub",
      { provider: "GITHUB_ACTIONS" },
      {},
      "https://token.actions.githubusercontent.com",
      "https://token.actions.githubusercontent.com/.well-known/jwks",
    ],
    [
      "GitHub Enterprise Server",
      { provider: "GITHUB_ACTIONS", domain: "github.corp.example" },
      {},
      "https://github.corp.example/_services/token",
      "https://github.corp.example/_services/token/.well-known/jwks",
    ],
    [
      "an enterprise with data residency",
      { provider: "GITHUB_ACTIONS", domain: "octocorp.ghe.com" },
      {},
      "https://token.actions.octocorp.ghe.com",
      "https://token.actions.octocorp.ghe.com/.well-known/jwks",
    ],
    [
      "gitlab.com",
      { provider: "GITLAB" },
      {},
      "https://gitlab.com",
      "https://gitlab.com/oauth/discovery/keys",
    ],
    [
      "an own GitLab",
      { provider: "GITLAB", domain: "gitlab.corp:8443" },
      {},
      "https://gitlab.corp:8443",
      "https://gitlab.corp:8443/oauth/discovery/keys",
    ],
    ["Amazon EKS", { provider: "KUBERNETES" }, { issuer: eks }, eks, `${eks}/keys`],
    ["GKE", { provider: "KUBERNETES" }, { issuer: gke }, gke, `${gke}/jwks`],
    ["AKS", { provider: "KUBERNETES" }, { issuer: aks }, aks, `${aks}openid/v1/jwks`],
    [
      "a cluster of one's own",
      { provider: "KUBERNETES", domain: "k8s.corp:6443" },
      {},
      "https://k8s.corp:6443",
      "https://k8s.corp:6443/openid/v1/jwks",
    ],
  ])("knows issuer and keys of %s", async (_, preset, given, issuer, jwksUrl) => {
    const profile = await stage.create(preset, { ...settings, ...given });
    expect(profile).toMatchObject({ issuer, keys: { jwksUrl } });
  });
});

describe("a preset of a login service, for a client", () => {
  let stage: PresetStage;
  let clientId: string;

  beforeAll(async () => {
    stage = await PresetStage.start();
    clientId = (await createClient(stage.operator)).clientId;
  });

  afterAll(async () => {
    await stage.stop();
  });

  const tenantId = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
  const isVerified = equals("email_verified", "true");
  const address = "deploy@my-project.iam.gserviceaccount.com";

  test.each<[string, object, object[], object[][]]>([
    [
      "Google",
      { provider: "GOOGLE" },
      [equals("sub", "112010400000000710080")],
      [
        [isVerified],
        [{ claim: "email", operator: "STARTS_WITH", values: ["deploy@"] }, isVerified],
        [{ claim: "email", operator: "ENDS_WITH", values: ["corp.com"] }, isVerified],
        [equals("email", address)],
        [equals("email", address), equals("email_verified", "false")],
        [{ claim: "sub", operator: "STARTS_WITH", values: ["1120104000000007100"] }],
      ],
    ],
    [
      "Google, by an address",
      { provider: "GOOGLE" },
      [{ claim: "email", operator: "IN", values: [address] }, isVerified],
      [[equals("azp", "1.apps.googleusercontent.com")]],
    ],
    ["Auth0", { provider: "AUTH0", domain: "a.eu.auth0.com" }, [equals("azp", "a")], [[]]],
    ["Okta", { provider: "OKTA", domain: "a.okta.com" }, [equals("cid", "0oa1")], [[]]],
    [
      "one tenant of Entra",
      { provider: "ENTRA_SINGLE_TENANT", tenantId },
      [equals("azp", "a")],
      [[equals("tid", tenantId)]],
    ],
    [
      "all tenants of Entra",
      { provider: "ENTRA_MULTI_TENANT" },
      [equals("tid", tenantId), equals("oid", "a")],
      [[equals("tid", tenantId)]],
    ],
    [
      "Keycloak",
      { provider: "KEYCLOAK", domain: "id.example", tenantId: "main" },
      [equals("client_id", "billing")],
      [[equals("typ", "Bearer")]],
    ],
    [
      "Firebase",
      { provider: "FIREBASE", projectId: "my-app-1a2b3" },
      [equals("sub", "a")],
      [[equals("firebase.tenant", "a")]],
    ],
    [
      "Cognito",
      { provider: "COGNITO_ACCESS_TOKEN", tenantId: "eu-west-1_AbCdEf123" },
      [equals("sub", "a")],
      [[{ claim: "scope", operator: "CONTAINS", values: ["a/b"] }]],
    ],
    ["Clerk", { provider: "CLERK", domain: "clerk.example.com" }, [equals("sub", "a")], [[]]],
    [
      "Supabase",
      { provider: "SUPABASE", projectId: "abcdefghijklmnopqrst" },
      [equals("sub", "a")],
      [[equals("role", "service_role")]],
    ],
  ])("of %s needs a condition on whose workload it is", async (_, preset, enough, tooLittle) => {
    const settings = { audience: AUDIENCE, clientId };
    const profile = await stage.create(preset, { ...settings, claimConditions: enough });
    expect(new Set(Object.values(profile.attributeMapping))).toEqual(new Set([null]));
    for (const claimConditions of tooLittle) {
      expect(await stage.failure(preset, { ...settings, claimConditions })).toMatchObject({
        message: expect.stringMatching(/ needs a condition on .* for a profile with `clientId`/),
        extensions: { path: ["input", "claimConditions"] },
      });
    }
  });
});
