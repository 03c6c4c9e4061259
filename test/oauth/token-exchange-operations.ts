import type { GraphqlClient } from "../support/graphql-client.js";
import type { TestServer } from "../support/test-server.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";
import type { ForeignIssuer } from "../trusted-auth/foreign-issuer.js";

/** Operations for tests of workload identities: tokens of platforms, and token requests with them. */

export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
export const TYPE = "urn:ietf:params:oauth:token-type:";
export const WORKLOAD_AUDIENCE = "https://auth.example.test";
export const GITHUB = "https://token.actions.githubusercontent.com";
export const KUBERNETES = "https://kubernetes.default.svc.cluster.local";

export interface TokenAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test reads the members that it expects
  body: any;
}

export async function requestToken(
  server: TestServer,
  form: Record<string, string>,
  headers: Record<string, string> = {},
  projectId = server.projectId,
): Promise<TokenAnswer> {
  const response = await fetch(`${server.url}/projects/${projectId}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(form).toString(),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Parameters of RFC 8693 with another issuer's JWT. */
export const tokenExchange = (token: string, parameters: Record<string, string> = {}) => ({
  grant_type: TOKEN_EXCHANGE,
  subject_token: token,
  subject_token_type: `${TYPE}jwt`,
  ...parameters,
});

/** Parameters of RFC 7523. */
export const jwtBearer = (token: string, parameters: Record<string, string> = {}) => ({
  grant_type: JWT_BEARER,
  assertion: token,
  ...parameters,
});

/** The response for every reason why a token is not accepted. */
export const REFUSED = {
  error: "invalid_grant",
  error_description: "The token is not accepted",
};

/** A token with the claims that GitHub Actions documents. */
export async function githubToken(
  issuer: ForeignIssuer,
  claims: Record<string, unknown> = {},
): Promise<string> {
  return issuer.token(
    {
      iss: GITHUB,
      aud: WORKLOAD_AUDIENCE,
      jti: crypto.randomUUID(),
      sub: "repo:octo-org/octo-repo:environment:prod",
      environment: "prod",
      ref: "refs/heads/main",
      sha: "a".repeat(40),
      repository: "octo-org/octo-repo",
      repository_owner: "octo-org",
      repository_id: "74",
      repository_owner_id: "65",
      repository_visibility: "private",
      actor: "octocat",
      run_attempt: "2",
      runner_environment: "github-hosted",
      event_name: "workflow_dispatch",
      job_workflow_ref: "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
      email: undefined,
      session_id: undefined,
      ...claims,
    },
    { typ: "JWT", kid: "example-key-id", x5t: "example-key-id" },
  );
}

/** A projected service account token of a Kubernetes pod. */
export async function kubernetesToken(
  issuer: ForeignIssuer,
  { namespace = "payments", name = "worker" } = {},
): Promise<string> {
  return issuer.token(
    {
      iss: KUBERNETES,
      aud: [WORKLOAD_AUDIENCE],
      jti: crypto.randomUUID(),
      sub: `system:serviceaccount:${namespace}:${name}`,
      "kubernetes.io": {
        namespace,
        node: { name: "node-1", uid: crypto.randomUUID() },
        pod: { name: `${name}-7d9f`, uid: crypto.randomUUID() },
        serviceaccount: { name, uid: crypto.randomUUID() },
        warnafter: 1_772_370_000,
      },
      email: undefined,
      session_id: undefined,
    },
    { kid: "cluster-key" },
  );
}

/** A profile that lets GitHub jobs of one repository act as a client. */
export async function githubProfile(
  as: GraphqlClient,
  issuer: ForeignIssuer,
  clientId: string,
  settings: object = {},
): Promise<string> {
  return createProfile(as, {
    issuer: GITHUB,
    audience: WORKLOAD_AUDIENCE,
    keys: { publicKeys: [{ pem: issuer.pem }] },
    attributeMapping: {},
    clientId,
    claimConditions: [
      { claim: "repository", operator: "EQUALS", values: ["octo-org/octo-repo"] },
      { claim: "environment", operator: "IN", values: ["prod", "staging"] },
      { claim: "ref", operator: "STARTS_WITH", values: ["refs/heads/"] },
    ],
    ...settings,
  });
}
