import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt, exportPKCS8, exportSPKI } from "jose";
import { keyPair } from "../support/key-pairs.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { type Credentials, createClient, updateProject } from "../support/operations.js";
import { runProgram } from "../support/run-program.js";
import { startTlsProxy, type TlsProxy } from "../support/tls-proxy.js";
import { type ApiView, createApi, grantApi } from "./api-operations.js";

const PROGRAM = path.resolve("test/interop/auth0-sdk.mjs");

interface Answer {
  status: number;
  data?: { access_token: string; token_type: string; expires_in: number; scope?: string };
  name?: string;
  error?: string;
  error_description?: string;
}

/** The SDK only supports https and has no option for a certificate, so a TLS proxy precedes the server. */
describe("the auth0 SDK with another domain", () => {
  let proxy: TlsProxy;
  let server: LiveServer;
  let client: Credentials;
  let api: ApiView;

  beforeAll(async () => {
    proxy = await startTlsProxy();
    server = await startLiveServer({
      publicUrl: `https://${proxy.host}`,
      trustedProxies: ["127.0.0.1"],
    });
    proxy.forwardTo(server.url);
    await updateProject(server.operator, {
      issuer: `https://${proxy.host}/`,
      tokenProfile: "AUTH0",
    });
    client = await createClient(server.operator);
    api = await createApi(server.operator, { tokenProfile: "AUTH0" });
    await grantApi(server.operator, client.clientId, api);
  });

  afterAll(async () => {
    await server.stop();
    await proxy.stop();
  });

  const run = async (credentials: object, ...requests: object[]): Promise<Answer[]> => {
    const input = { domain: proxy.host, ...credentials, requests };
    const environment = { NODE_EXTRA_CA_CERTS: proxy.certificateFile };
    return JSON.parse(
      await runProgram(process.execPath, [PROGRAM, JSON.stringify(input)], environment),
    );
  };

  test("gets a token in Auth0's format", async () => {
    const [answer] = await run(client, { audience: api.identifier });
    expect(answer).toMatchObject({
      status: 200,
      data: { token_type: "Bearer", expires_in: 3600, scope: "read:invoices write:invoices" },
    });
    expect(decodeJwt(answer?.data?.access_token ?? "")).toMatchObject({
      iss: `https://${proxy.host}/`,
      sub: `${client.clientId}@clients`,
      aud: api.identifier,
      azp: client.clientId,
      gty: "client-credentials",
    });
  });

  test("gets a token with an assertion for the issuer instead of a secret", async () => {
    const { publicKey, privateKey } = await keyPair("RS256");
    const { createClient: created } = await server.operator.request(
      `mutation ($input: CreateClientInput!) { createClient(input: $input) { client { clientId } } }`,
      {
        input: {
          scopes: [],
          tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
          keys: { publicKeys: [{ pem: await exportSPKI(publicKey) }] },
        },
      },
    );
    const { clientId } = created.client;
    await grantApi(server.operator, clientId, api, ["read:invoices"]);
    const assertionKey = await exportPKCS8(privateKey);
    const [answer] = await run({ clientId, assertionKey }, { audience: api.identifier });
    expect(answer).toMatchObject({ status: 200, data: { scope: "read:invoices" } });
  });

  test("reads errors in Auth0's format", async () => {
    const ungranted = await createClient(server.operator);
    const [unknownAudience, noAudience, noScope] = await run(
      client,
      { audience: "https://nowhere.example.test/" },
      { audience: "" },
      { audience: api.identifier, scope: "delete:invoices" },
    );
    const [wrongSecret] = await run(
      { ...client, clientSecret: "wrong" },
      { audience: api.identifier },
    );
    const [noGrant] = await run(ungranted, { audience: api.identifier });
    const refusals = [unknownAudience, noAudience, noScope, wrongSecret, noGrant];
    expect(refusals.map((answer) => [answer?.name, answer?.status, answer?.error])).toEqual([
      ["AuthApiError", 403, "access_denied"],
      ["AuthApiError", 403, "access_denied"],
      ["AuthApiError", 403, "access_denied"],
      ["AuthApiError", 401, "access_denied"],
      ["AuthApiError", 403, "access_denied"],
    ]);
    expect(refusals.map((answer) => answer?.error_description)).toEqual([
      "Service not enabled within domain: https://nowhere.example.test/",
      "No audience parameter was provided, and no default audience has been configured",
      "Client has not been granted scopes: delete:invoices",
      "Unauthorized",
      `Client "${ungranted.clientId}" is not authorized to access resource server "${api.identifier}". You need to create a "client-grant" associated to this API.`,
    ]);
  });
});
