import {
  type ClientKey,
  createTokenSource,
  TokenRequestError,
  type TokenSourceOptions,
} from "@countersign/sdk/client";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt, exportJWK, exportPKCS8, exportSPKI, generateKeyPair } from "jose";
import { createApi, grantApi } from "../../interop/api-operations.js";
import { clientKey } from "../../oauth/oauth-operations.js";
import { githubProfile, githubToken } from "../../oauth/token-exchange-operations.js";
import { keyPair } from "../../support/key-pairs.js";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import {
  type Credentials,
  createClient,
  updateClient,
  updateProject,
  VERIFY_TOKEN,
} from "../../support/operations.js";
import { type ForeignIssuer, foreignIssuer } from "../../trusted-auth/foreign-issuer.js";
import { startHttpServer } from "./http-servers.js";

describe("a token source of a Countersign server", () => {
  let server: LiveServer;
  let client: Credentials;
  let github: ForeignIssuer;

  beforeAll(async () => {
    server = await startLiveServer();
    const { clientId, clientSecret } = await createClient(server.operator);
    client = { clientId, clientSecret };
    github = await foreignIssuer({ now: () => new Date() });
  });

  afterAll(async () => {
    await server.stop();
  });

  const source = (options: Partial<TokenSourceOptions> = client) =>
    createTokenSource({ issuer: server.issuer, ...options });
  const verified = async (accessToken: string, options: object = {}) =>
    (await server.operator.request(VERIFY_TOKEN, { input: { accessToken, ...options } }))
      .verifyToken.token;

  test.each(["client_secret_basic", "client_secret_post"] as const)(
    "authenticates by %s",
    async (clientAuthentication) => {
      const token = await source({ ...client, clientAuthentication }).getToken();
      expect(token).toMatchObject({ tokenType: "Bearer", scopes: ["read:users", "write:users"] });
      const { exp = 0 } = decodeJwt(token.accessToken);
      expect(Math.abs(exp * 1000 - Number(token.expiresAt))).toBeLessThan(5_000);
    },
  );

  test("asks for the audience, the scopes and the parameters that it is told to", async () => {
    const api = await createApi(server.operator);
    await grantApi(server.operator, client.clientId, api);
    await updateProject(server.operator, {
      claimsTemplate: '{ "tenant": {{ request.tenant }} }',
    });
    const tokens = source({
      ...client,
      audience: api.identifier,
      scopes: ["read:invoices"],
      parameters: { tenant: "7" },
    });
    const { accessToken, scopes } = await tokens.getToken();
    expect(scopes).toEqual(["read:invoices"]);
    expect(decodeJwt(accessToken)).toMatchObject({ scope: "read:invoices", tenant: "7" });
    const other = tokens.for({ audience: server.projectId, scopes: ["read:users"] });
    expect(decodeJwt((await other.getToken()).accessToken)).toMatchObject({ scope: "read:users" });
  });

  test.each<[string, Partial<TokenSourceOptions>, object]>([
    ["scope", { scopes: ["no:such"] }, { status: 400, code: "invalid_scope" }],
    ["audience", { audience: "https://nowhere.test" }, { status: 400, code: "invalid_target" }],
    ["secret", { clientSecret: "wrong" }, { status: 401, code: "invalid_client" }],
    [
      "server",
      { tokenEndpoint: "http://127.0.0.1:10000/" },
      { status: undefined, retryable: true },
    ],
  ])("tells what is wrong with the %s", async (_, options, members) => {
    const tokens = source({ ...client, ...options, retrySeconds: 0 });
    const error = await tokens.getToken().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TokenRequestError);
    expect(error).toMatchObject(members);
    if ("code" in members) {
      expect((error as TokenRequestError).description).toMatch(/^[A-Z].* /);
    } else expect(String(error)).toContain("ECONNREFUSED");
  });

  describe("with private_key_jwt", () => {
    const clientWith = async (algorithm: string) => {
      const { privateKey, publicKey } = await (algorithm === "EdDSA"
        ? generateKeyPair(algorithm, { extractable: true })
        : keyPair(algorithm));
      const pem = await exportSPKI(publicKey);
      const { clientId } = await createClient(server.operator, {
        tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
        keys: { publicKeys: [{ pem }] },
      });
      return { clientId, privateKey };
    };

    test.each(["RS256", "PS256", "ES256", "ES384", "EdDSA"])(
      "signs assertions of %s with a PEM, a JWK or a CryptoKey",
      async (algorithm) => {
        const { clientId, privateKey } = await clientWith(algorithm);
        const pem = await exportPKCS8(privateKey);
        const jwk = await exportJWK(privateKey);
        const keys: [string, ClientKey][] = [
          ["CryptoKey", privateKey],
          ["PEM", algorithm === "PS256" ? { key: pem, algorithm } : pem],
          ["JWK", algorithm === "PS256" ? { ...jwk, alg: algorithm } : jwk],
        ];
        for (const [form, key] of keys) {
          const { accessToken } = await source({ clientId, privateKey: key }).getToken();
          expect([form, decodeJwt(accessToken).sub]).toEqual([form, clientId]);
        }
      },
    );

    test("names the key, and takes another one after a rotation", async () => {
      const [first, second] = [await clientKey(), await clientKey()];
      const publicKeys = (key: typeof first, kid: string) => ({
        keys: { publicKeys: [{ jwk: { ...key.jwk, kid } }] },
      });
      const { clientId } = await createClient(server.operator, {
        tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
        ...publicKeys(first, "first"),
      });
      let privateKey: ClientKey = { key: first.privateKey, kid: "first" };
      const tokens = source({ clientId, privateKey: async () => privateKey });
      await tokens.getToken();
      await updateClient(server.operator, { clientId, ...publicKeys(second, "second") });
      const other = tokens.for({ scopes: ["read:users"] });
      await expect(other.getToken()).rejects.toMatchObject({ code: "invalid_client" });
      privateKey = { ...second.privateJwk, kid: "second" };
      await expect(
        source({ clientId, privateKey: () => privateKey }).getToken(),
      ).resolves.toBeDefined();
    });

    test("says so where the key is none", async () => {
      const tokens = source({ clientId: "c", privateKey: "-----BEGIN PUBLIC KEY-----" });
      await expect(tokens.getToken()).rejects.toThrow(/PKCS#8/);
    });
  });

  describe("with DPoP", () => {
    test.each(["ES256", "EdDSA", "RS256"])("binds tokens to a key of %s", async (algorithm) => {
      const keys = await (algorithm === "EdDSA" ? generateKeyPair("EdDSA") : keyPair(algorithm));
      const tokens = source({ ...client, dpop: { keyPair: keys } });
      const { accessToken, tokenType } = await tokens.getToken();
      expect(tokenType).toBe("DPoP");
      const { confirmation } = await verified(accessToken, { acceptBound: true });
      expect(confirmation.jkt).toMatch(/^[\w-]{43}$/);
    });

    test("proves its key to an API, with one request for the nonce and none after", async () => {
      const sent: string[] = [];
      const api = await startHttpServer(({ authorization = "", dpop, path }, response) => {
        const proof = { proof: dpop, httpMethod: "GET", url: `${api.origin}${path}` };
        const answer = (status: number) => () => response.writeHead(status).end();
        const accessToken = authorization.replace(/^DPoP /, "");
        verified(accessToken, { dpop: proof }).then(answer(200), answer(401));
      });
      const tokens = source({
        ...client,
        dpop: true,
        fetch: (input, init) => {
          sent.push(String(input));
          return fetch(input, init);
        },
      });
      for (let call = 0; call < 3; call++) {
        expect((await tokens.fetch(`${api.origin}/orders?call=${call}`)).status).toBe(200);
      }
      await tokens.getToken({ scopes: ["read:users"] });
      api.stop();
      expect(sent.filter((url) => url.endsWith("/oauth/token"))).toHaveLength(3);
    });
  });

  describe("with a workload token", () => {
    test.each(["assertion", "subject_token"] as const)(
      "is identified by its %s, with a client id or without",
      async (workloadTokenAs) => {
        const { clientId } = await createClient(server.operator);
        const environment = `prod-${workloadTokenAs}`;
        await githubProfile(server.operator, github, clientId, {
          claimConditions: [{ claim: "environment", operator: "EQUALS", values: [environment] }],
        });
        const workloadToken = () => githubToken(github, { environment });
        for (const named of [{ clientId }, {}]) {
          const tokens = source({ ...named, workloadToken, workloadTokenAs, dpop: true });
          const { accessToken } = await tokens.getToken();
          expect(decodeJwt(accessToken).sub).toBe(clientId);
        }
      },
    );

    test("may also be authenticated", async () => {
      const environment = "prod-authenticated";
      await githubProfile(server.operator, github, client.clientId, {
        claimConditions: [{ claim: "environment", operator: "EQUALS", values: [environment] }],
      });
      const workloadToken = () => githubToken(github, { environment });
      await source({ ...client, workloadToken }).getToken();
      await expect(
        source({ ...client, clientSecret: "wrong", workloadToken }).getToken(),
      ).rejects.toMatchObject({ code: "invalid_client" });
    });

    test("is not sent by every call after it was refused, though each is a new one", async () => {
      let requests = 0;
      const tokens = source({
        workloadToken: () => githubToken(github, { environment: "unknown" }),
        fetch: (input, init) => {
          requests++;
          return fetch(input, init);
        },
      });
      for (let call = 0; call < 3; call++) {
        await expect(tokens.getToken()).rejects.toMatchObject({ code: "invalid_grant" });
      }
      expect(requests).toBe(1);
    });

    test("goes as client_assertion to servers that authenticate clients so", async () => {
      const seen: URLSearchParams[] = [];
      const tokens = source({
        clientId: "client",
        workloadToken: async () => "a.b.c",
        workloadTokenAs: "client_assertion",
        fetch: async (_, init) => {
          seen.push(init?.body as URLSearchParams);
          return Response.json({ access_token: "t", token_type: "bearer", expires_in: "60" });
        },
      });
      const { expiresAt } = await tokens.getToken();
      expect(Number(expiresAt)).toBeGreaterThan(Date.now());
      expect(Object.fromEntries(seen[0] ?? [])).toEqual({
        grant_type: "client_credentials",
        client_id: "client",
        client_assertion: "a.b.c",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      });
    });
  });
});
