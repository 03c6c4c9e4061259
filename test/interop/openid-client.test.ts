import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt, exportJWK } from "jose";
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  clientCredentialsGrant,
  customFetch,
  discovery,
  getDPoPHandle,
  PrivateKeyJwt,
  randomDPoPKeyPair,
  tokenIntrospection,
  tokenRevocation,
} from "openid-client";
import { keyPair } from "../support/key-pairs.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { type Credentials, createClient } from "../support/operations.js";
import { runProgram } from "../support/run-program.js";

describe("openid-client", () => {
  let server: LiveServer;

  beforeAll(async () => {
    server = await startLiveServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const discover = (clientId: string, authentication: ClientAuth): Promise<Configuration> =>
    discovery(new URL(server.issuer), clientId, undefined, authentication, {
      execute: [allowInsecureRequests],
    });
  const withSecret = async (input: object = {}) => {
    const client = await createClient(server.operator, input);
    return { ...client, config: await discover(...basic(client)) };
  };
  const basic = ({ clientId, clientSecret }: Credentials) =>
    [clientId, ClientSecretBasic(clientSecret)] as const;

  test("discovers the issuer by OpenID Connect Discovery and by RFC 8414", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    for (const algorithm of ["oidc", "oauth2"] as const) {
      const config = await discovery(
        new URL(server.issuer),
        clientId,
        clientSecret,
        ClientSecretBasic(clientSecret),
        { algorithm, execute: [allowInsecureRequests] },
      );
      expect(config.serverMetadata().issuer).toBe(server.issuer);
      expect(config.serverMetadata().token_endpoint).toBe(`${server.issuer}/oauth/token`);
    }
  });

  test("gets a token as the guide shows", async () => {
    const { clientId, clientSecret } = await createClient(server.operator, {
      scopes: ["read:users", "write:users"],
    });
    const [{ code } = { code: "" }] = blocksOf("docs/getting-tokens.md", "js");
    const script = `import * as client from "openid-client";
      const issuer = process.env.ISSUER;
      ${code.replace("client_…", clientId).replace("csk_…", clientSecret)}
      console.log(access_token);`;
    const token = await runProgram(process.execPath, ["--input-type=module", "-e", script], {
      ISSUER: server.issuer,
    });
    expect(decodeJwt(token)).toMatchObject({ sub: clientId, scope: "read:users" });
  });

  test("gets a token with client_secret_basic and with client_secret_post", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    for (const method of [ClientSecretBasic, ClientSecretPost]) {
      const config = await discover(clientId, method(clientSecret));
      const token = await clientCredentialsGrant(config, { scope: "read:users" });
      expect(token).toMatchObject({ token_type: "bearer", scope: "read:users", expires_in: 3600 });
      expect(token.expiresIn()).toBeGreaterThan(3590);
      expect(decodeJwt(token.access_token)).toMatchObject({ iss: server.issuer, sub: clientId });
    }
  });

  test("reports a wrong secret with the server's challenge", async () => {
    const { clientId } = await createClient(server.operator);
    const config = await discover(clientId, ClientSecretBasic("wrong"));
    await expect(clientCredentialsGrant(config)).rejects.toMatchObject({
      name: "WWWAuthenticateChallengeError",
      status: 401,
      cause: [{ scheme: "basic", parameters: { realm: "countersign" } }],
    });
  });

  test("reports the OAuth error of a refused scope", async () => {
    const { config } = await withSecret({ scopes: ["read:users"] });
    await expect(clientCredentialsGrant(config, { scope: "delete:users" })).rejects.toMatchObject({
      name: "ResponseBodyError",
      status: 400,
      error: "invalid_scope",
    });
  });

  test.each(["RS256", "PS256", "ES256", "Ed25519"])(
    "gets a token with private_key_jwt signed with %s",
    async (alg) => {
      const { publicKey, privateKey } = await keyPair(alg);
      const jwk = { ...(await exportJWK(publicKey)), alg, kid: "client-key" };
      const { createClient: created } = await server.operator.request(
        `mutation ($input: CreateClientInput!) { createClient(input: $input) { client { clientId } } }`,
        {
          input: {
            scopes: ["read:users"],
            tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
            keys: { publicKeys: [{ jwk }] },
          },
        },
      );
      const { clientId } = created.client;
      const config = await discover(
        clientId,
        PrivateKeyJwt({ key: privateKey, kid: "client-key" }),
      );
      const { access_token: token } = await clientCredentialsGrant(config);
      expect(decodeJwt(token)).toMatchObject({ sub: clientId, scope: "read:users" });
      await expect(tokenIntrospection(config, token)).resolves.toMatchObject({ active: true });

      const otherKey = await keyPair(alg);
      const forged = await discover(clientId, PrivateKeyJwt(otherKey.privateKey));
      await expect(clientCredentialsGrant(forged)).rejects.toMatchObject({ status: 401 });
    },
  );

  test("binds a token to its DPoP key and repeats the first request with the nonce", async () => {
    const { config } = await withSecret();
    const statuses: number[] = [];
    config[customFetch] = async (url, options) => {
      const response = await fetch(url, options as RequestInit);
      statuses.push(response.status);
      return response;
    };
    const DPoP = getDPoPHandle(config, await randomDPoPKeyPair("ES256"));
    const token = await clientCredentialsGrant(config, {}, { DPoP });
    expect(token.token_type).toBe("dpop");
    expect(decodeJwt(token.access_token)["cnf"]).toEqual({ jkt: await DPoP.calculateThumbprint() });
    expect(statuses).toEqual([400, 200]);
    await clientCredentialsGrant(config, {}, { DPoP });
    expect(statuses).toEqual([400, 200, 200]);
    await expect(tokenIntrospection(config, token.access_token)).resolves.toMatchObject({
      active: true,
      token_type: "DPoP",
    });
  });

  test("introspects a token, revokes it and finds it inactive", async () => {
    const { clientId, config } = await withSecret();
    const { access_token: token } = await clientCredentialsGrant(config);
    await expect(tokenIntrospection(config, token)).resolves.toMatchObject({
      active: true,
      client_id: clientId,
      scope: "read:users write:users",
    });
    await tokenRevocation(config, token);
    await expect(tokenIntrospection(config, token)).resolves.toEqual({ active: false });
  });

  test("cannot introspect or revoke another client's token", async () => {
    const { config } = await withSecret();
    const { access_token: token } = await clientCredentialsGrant(config);
    const { config: other } = await withSecret();
    await expect(tokenIntrospection(other, token)).resolves.toEqual({ active: false });
    await expect(tokenRevocation(other, token)).rejects.toMatchObject({
      error: "unauthorized_client",
      status: 400,
    });
    await expect(tokenIntrospection(config, token)).resolves.toMatchObject({ active: true });
  });
});
