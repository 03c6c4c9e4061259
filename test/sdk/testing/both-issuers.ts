import { createTestIssuer, type TestIssuer, type TestIssuerSetup } from "@countersign/sdk/testing";
import { createApi, createGrant } from "../../oauth/oauth-operations.js";
import type { GraphqlClient } from "../../support/graphql-client.js";
import { importClient, updateClient, updateProject } from "../../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../../support/test-server.js";

/** What an issuer answers, without what is random. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test reads the members that it expects
  body: any;
}

/** The server or the issuer of tests, with the same setup, at the same time and under the same URL. */
export interface Side {
  name: "server" | "test issuer";
  issuer: string;
  fetch(path: string, init: RequestInit): Promise<Answer>;
}

export interface BothIssuers {
  projectId: string;
  sides: readonly [Side, Side];
  server: TestServer;
  testIssuer: TestIssuer;
  stop(): Promise<void>;
}

/** Sets the real server up like a test issuer, through its management API. */
export async function startBoth(setup: TestIssuerSetup): Promise<BothIssuers> {
  const server = await startTestServer();
  const { projectId, clock } = server;
  const issuer = `${PUBLIC_URL}/projects/${projectId}`;
  const testIssuer = createTestIssuer({ ...setup, issuer, projectId, clock });
  await setUp(server.operator, setup);
  return {
    projectId,
    server,
    testIssuer,
    sides: [
      {
        name: "server",
        issuer,
        fetch: async (path, init) =>
          toAnswer(await fetch(`${server.url}/projects/${projectId}${path}`, init)),
      },
      {
        name: "test issuer",
        issuer,
        fetch: async (path, init) => toAnswer(await testIssuer.fetch(issuer + path, init)),
      },
    ],
    stop: () => server.stop(),
  };
}

async function setUp(operator: GraphqlClient, setup: TestIssuerSetup): Promise<void> {
  const { apis = [], clients = [], scopes: _scopes, clock: _clock, faults: _faults } = setup;
  const { claimsTemplate, tokenProfile, defaultAudience, accessTokenLifetimeSeconds } = setup;
  const apiIds = new Map<string, string>();
  for (const { scopes = [], ...settings } of apis) {
    const { introspectionClientId: _later, ...input } = settings;
    const values = scopes.map((value) => ({ value }));
    const force = input.signingAlgorithm ? { force: true } : {};
    const { apiId } = await createApi(operator, { ...input, ...force, scopes: values });
    apiIds.set(input.identifier, apiId);
  }
  for (const client of clients) await importLike(operator, client, apiIds);
  for (const { identifier, introspectionClientId } of apis) {
    if (!introspectionClientId) continue;
    const input = { apiId: apiIds.get(identifier), introspectionClientId };
    await operator.request(
      "mutation ($input: UpdateApiInput!) { updateApi(input: $input) { api { apiId } } }",
      { input },
    );
  }
  await updateProject(operator, {
    ...(claimsTemplate && { claimsTemplate }),
    ...(tokenProfile && { tokenProfile }),
    ...(defaultAudience && { defaultAudience }),
    ...(accessTokenLifetimeSeconds && { accessTokenLifetimeSeconds }),
    ...(setup.introspectionClientId && { introspectionClientId: setup.introspectionClientId }),
  });
}

async function importLike(
  operator: GraphqlClient,
  client: NonNullable<TestIssuerSetup["clients"]>[number],
  apiIds: ReadonlyMap<string, string>,
): Promise<void> {
  const {
    scopes: _short,
    grants = [],
    projectScopes,
    owner,
    publicKeys,
    status,
    ...input
  } = client;
  await importClient(operator, {
    ...input,
    scopes: projectScopes ?? [],
    ...(owner && { owner: { externalId: owner } }),
    ...(publicKeys && { keys: { publicKeys: publicKeys.map((jwk) => ({ jwk })) } }),
  });
  const { clientId = "" } = client;
  for (const { audience, ...access } of grants) {
    await createGrant(operator, { clientId }, { apiId: apiIds.get(audience) ?? "" }, access);
  }
  if (status) await updateClient(operator, { clientId, status });
}

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const { status } = response;
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  const compared = ["content-type", "cache-control", "www-authenticate", "allow", "retry-after"];
  const headers = compared.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const body = isJson && text !== "" ? JSON.parse(text) : null;
  return { status, headers: Object.fromEntries(headers), text, body };
}
