import { once } from "node:events";
import type { Server } from "node:http";
import { createTokenSource, type TokenSourceOptions } from "@countersign/sdk/client";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { exportJWK, exportPKCS8 } from "jose";
// @ts-expect-error: it has no types
import Provider from "oidc-provider";
import { keyPair } from "../../support/key-pairs.js";
import { type KeyServer, startKeyServer } from "../../support/key-server.js";
import { freePort } from "../../support/live-server.js";

const SECRET = "a secret: with +, % and ~/&";

/** oidc-provider, which requires the form encoding of RFC 6749 and nonces in DPoP proofs. */
describe("a token source of oidc-provider", () => {
  let issuer: string;
  let keyServer: KeyServer;
  let server: Server;
  let privateKey: Awaited<ReturnType<typeof keyPair>>["privateKey"];

  beforeAll(async () => {
    // It warns of what is for tests alone.
    for (const level of ["warn", "info"] as const) {
      jest.spyOn(console, level).mockImplementation(() => {});
    }
    keyServer = await startKeyServer();
    const port = await freePort();
    issuer = `http://127.0.0.1:${port}`;
    const keys = await keyPair("ES256");
    privateKey = keys.privateKey;
    const jwk = { ...(await exportJWK(keys.publicKey)), alg: "ES256", use: "sig", kid: "key-1" };
    const clientOf = (client_id: string, method: string, members: object = {}) => ({
      client_id,
      token_endpoint_auth_method: method as "client_secret_basic",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      ...members,
    });
    const provider = new Provider(issuer, {
      clients: [
        clientOf("basic client", "client_secret_basic", { client_secret: SECRET }),
        clientOf("post", "client_secret_post", { client_secret: SECRET }),
        clientOf("key", "private_key_jwt", { jwks_uri: keyServer.serve([jwk]) }),
      ],
      scopes: ["orders:read", "orders:write"],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({
            scope: "orders:read orders:write",
            accessTokenFormat: "opaque",
          }),
        },
      },
      jwks: { keys: [{ ...(await exportJWK((await keyPair("RS256")).privateKey)), use: "sig" }] },
    });
    server = provider.listen(port, "127.0.0.1");
    await once(server, "listening");
  });

  afterAll(() => {
    jest.restoreAllMocks();
    keyServer.stop();
    server.closeAllConnections();
    server.close();
  });

  const source = (options: Partial<TokenSourceOptions>) =>
    createTokenSource({ issuer, tokenEndpoint: `${issuer}/token`, ...options });
  const introspected = async (token: string) => {
    const response = await fetch(`${issuer}/token/introspection`, {
      method: "POST",
      body: new URLSearchParams({ client_id: "post", client_secret: SECRET, token }),
    });
    return (await response.json()) as Record<string, unknown>;
  };

  test.each<[string, () => Promise<Partial<TokenSourceOptions>>]>([
    ["client_secret_basic", async () => ({ clientId: "basic client", clientSecret: SECRET })],
    [
      "client_secret_post",
      async () => ({
        clientId: "post",
        clientSecret: () => ["wrong", SECRET],
        clientAuthentication: "client_secret_post",
      }),
    ],
    [
      "private_key_jwt",
      async () => ({
        clientId: "key",
        privateKey: { key: await exportPKCS8(privateKey), kid: "key-1" },
      }),
    ],
  ])("authenticates by %s, with DPoP and without", async (_, options) => {
    for (const dpop of [false, true]) {
      const tokens = source({
        ...(await options()),
        dpop,
        scopes: ["orders:read"],
        parameters: { resource: "https://api.example.test" },
      });
      const { accessToken, scopes } = await tokens.getToken();
      expect(scopes).toEqual(["orders:read"]);
      const token = await introspected(accessToken);
      expect(token).toMatchObject({
        active: true,
        scope: "orders:read",
        aud: "https://api.example.test",
      });
      expect("cnf" in token).toBe(dpop);
    }
  });

  test("tells why it gets no token", async () => {
    const tokens = source({ clientId: "basic client", clientSecret: "wrong" });
    await expect(tokens.getToken()).rejects.toMatchObject({ status: 401, code: "invalid_client" });
    const parameters = { resource: "no URL" };
    const aimed = source({ clientId: "basic client", clientSecret: SECRET, parameters });
    await expect(aimed.getToken()).rejects.toMatchObject({ code: "invalid_target" });
  });
});
