import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { decodeJwt, exportPKCS8, exportSPKI } from "jose";
import { type ApiView, createApi, createGrant, UPDATE_GRANT } from "../oauth/oauth-operations.js";
import { keyPair } from "../support/key-pairs.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import {
  freeMcpUrl,
  type McpServer,
  missingExample,
  type ResourceMetadata,
  startMcpImpostor,
  startMcpServer,
} from "../support/mcp-server.js";
import { createClient } from "../support/operations.js";
import { type Agent, startAgents, type ToolAnswer } from "./mcp-agents.js";
import { type McpSdk, mcpSdks } from "./mcp-sdks.js";

const READ = ["orders:read"];
const BOTH = ["orders:read", "orders:refund"];
const ORDER = { orderId: "1001" };
const REFUNDED = { text: "1001 is refunded" };
const ORDERS = { text: expect.stringContaining("1002: 80.00 EUR") };
const METADATA_URL = "query ($apiId: ID!) { api(apiId: $apiId) { protectedResourceMetadataUrl } }";
const INSUFFICIENT_SCOPE =
  /403 Bearer error="insufficient_scope", .*scope="orders:read orders:refund", resource_metadata="http/;

let server: LiveServer;
let mcp: McpServer;
let api: ApiView;

const apiOf = (identifier: string, input: object = {}) =>
  createApi(server.operator, {
    identifier,
    tokenProfile: "RFC9068",
    scopes: BOTH.map((value) => ({ value })),
    ...input,
  });

/** An agent with a secret and these scopes. */
async function agentWithSecret(scopes: string[]): Promise<Agent & { clientGrantId: string }> {
  const client = await createClient(server.operator, { scopes: [] });
  const { clientGrantId } = await createGrant(server.operator, client, api, { scopes });
  const { clientId, clientSecret } = client;
  return { ...toServer(), clientId, clientSecret, clientGrantId };
}

async function agentWithKey(scopes: string[]): Promise<Agent> {
  const { publicKey, privateKey } = await keyPair("ES256");
  const client = await createClient(server.operator, {
    scopes: [],
    tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
    keys: { publicKeys: [{ pem: await exportSPKI(publicKey) }] },
  });
  await createGrant(server.operator, client, api, { scopes });
  const { clientId } = client;
  return { ...toServer(), clientId, privateKey: await exportPKCS8(privateKey) };
}

const toServer = () => ({ serverUrl: api.identifier, expectedIssuer: server.issuer });

const saying = ({ error, text }: ToolAnswer) =>
  error ? [error.name, error.code, error.message].filter(Boolean).join(" ") : `works: ${text}`;

const sdks = await mcpSdks();

describeUnlessMissing(missingExample, "MCP SDKs", () => {
  beforeAll(async () => {
    server = await startLiveServer();
    api = await apiOf(await freeMcpUrl());
    const { identifier: resource } = api;
    mcp = await startMcpServer({ resource, authorization_servers: [server.issuer] });
  });

  afterAll(async () => {
    await server.stop();
    await mcp.stop();
  });

  for (const sdk of sdks) {
    describeUnlessMissing(sdk.missing, sdk.title, () => testsOf(sdk));
  }
});

function testsOf({ command, says, stepsUp }: McpSdk) {
  let agents: ReturnType<typeof startAgents>;

  beforeAll(() => {
    agents = startAgents(command);
  });

  afterAll(async () => {
    await agents.stop();
  });

  /** What an agent gets that calls a server which says to be another one. */
  async function callImpostor(url: string, metadata: Partial<ResourceMetadata>, issuer?: string) {
    const impostor = await startMcpImpostor(url, {
      metadata: { resource: url, authorization_servers: [server.issuer], ...metadata },
      ...(issuer && { issuer }),
    });
    const agent = { ...(await agentWithSecret(READ)), serverUrl: url };
    const answer = await agents.call(agent, "read_orders");
    await impostor.stop();
    expect(impostor.paths).toContain("/metadata");
    expect(impostor.paths).not.toContain("/token");
    return saying(answer);
  }

  test("gets a token with a secret, and none with a wrong one", async () => {
    const agent = await agentWithSecret(READ);
    expect(await agents.call(agent, "read_orders")).toEqual(ORDERS);
    const wrong = { ...agent, clientSecret: "csk_wrong" };
    expect(saying(await agents.call(wrong, "read_orders"))).toContain(says.wrongCredentials);
  });

  test("gets a token with a private key, and none with a wrong one", async () => {
    const agent = await agentWithKey(BOTH);
    expect(await agents.call(agent, "read_orders")).toEqual(ORDERS);
    const { privateKey } = await keyPair("ES256");
    const wrong = { ...agent, privateKey: await exportPKCS8(privateKey) };
    expect(saying(await agents.call(wrong, "read_orders"))).toContain(says.wrongCredentials);
  });

  test("has the scopes that a tool needs, if they are granted", async () => {
    const before = mcp.log().length;
    expect(await agents.call(await agentWithKey(BOTH), "refund_order", ORDER)).toEqual(REFUNDED);
    const challenged = INSUFFICIENT_SCOPE.test(mcp.log().slice(before));
    expect(challenged).toBe(stepsUp);
  });

  test("is refused a scope that is not granted, and calls the tool once it is", async () => {
    const agent = await agentWithSecret(READ);
    const before = mcp.log().length;
    expect(await agents.call(agent, "read_orders")).toEqual(ORDERS);
    expect(saying(await agents.call(agent, "refund_order", ORDER))).toContain(says.scopeNotGranted);
    expect(mcp.log().slice(before)).toMatch(INSUFFICIENT_SCOPE);
    const { clientGrantId } = agent;
    await server.operator.request(UPDATE_GRANT, { input: { clientGrantId, scopes: BOTH } });
    // Version 1 of TypeScript asks again only after a call that succeeds.
    expect(await agents.call(agent, "read_orders")).toEqual(ORDERS);
    expect(await agents.call(agent, "refund_order", ORDER)).toEqual(REFUNDED);
  });

  test("gets no token for a server that no API has as its identifier", async () => {
    const url = await freeMcpUrl();
    expect(await callImpostor(url, {})).toContain(says.unknownResource);
  });

  test("gets no token if the identifier of the API has a slash more than the server's URL", async () => {
    const url = await freeMcpUrl();
    await apiOf(`${url}/`);
    expect(await callImpostor(url, {})).toContain(says.unknownResource);
  });

  test("gets no token for another server than the one that it calls", async () => {
    const resource = api.identifier;
    expect(await callImpostor(await freeMcpUrl(), { resource })).toContain(says.otherResource);
  });

  test("gives its secret to no other authorization server", async () => {
    const url = await freeMcpUrl();
    const metadata = { authorization_servers: [new URL(url).origin] };
    expect(await callImpostor(url, metadata)).toContain(says.otherIssuer);
    expect(await callImpostor(url, metadata, server.issuer)).toContain(says.stolenIssuer);
  });

  /** What an agent gets and sends that calls an API whose metadata Countersign serves. */
  async function callWithServedMetadata(url: string, input: object, challenge?: string) {
    const { apiId } = await apiOf(url, input);
    const { api: served } = await server.operator.request(METADATA_URL, { apiId });
    const impostor = await startMcpImpostor(url, {
      metadata: served.protectedResourceMetadataUrl,
      ...(challenge !== undefined && { challenge }),
    });
    const agent = await agentWithSecret(READ);
    await createGrant(server.operator, agent, { apiId }, { scopes: READ });
    const answer = await agents.call({ ...agent, serverUrl: url }, "read_orders");
    await impostor.stop();
    const [, token] = (impostor.credentials[0] ?? "").split(" ");
    return { said: saying(answer), claims: token ? decodeJwt(token) : null };
  }

  test("reads the metadata where Countersign serves them", async () => {
    const url = await freeMcpUrl();
    const { claims } = await callWithServedMetadata(url, {});
    expect(claims).toMatchObject({ aud: url, scope: "orders:read" });
  });

  test("asks for all scopes that are advertised if the 401 names none", async () => {
    const url = await freeMcpUrl();
    const { said, claims } = await callWithServedMetadata(url, { advertisedScopes: BOTH }, "");
    if (stepsUp) expect(said).toContain(says.scopeNotGranted);
    else expect(claims).toMatchObject({ aud: url, scope: "orders:read" });
  });

  test("knows the issuer as it is written", async () => {
    const agent = await agentWithSecret(READ);
    const answer = await agents.call(
      { ...agent, expectedIssuer: `${server.issuer}/` },
      "read_orders",
    );
    expect(saying(answer)).toContain(says.slashOfIssuer);
  });
}
