import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { basicAuthorization } from "../support/graphql-client.js";
import {
  type ClientView,
  CREATE_CLIENT,
  type Credentials,
  createClient,
  UPDATE_CLIENT,
  updateClient,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { unsignedJwt } from "../trusted-auth/foreign-issuer.js";
import {
  ASSERTION_TYPE,
  assertion,
  basicHeader,
  type ClientKey,
  clientKey,
  createApi,
  createGrant,
  epoch,
  GRANT,
  issueAccessToken,
  issuerFor,
  post,
  postJson,
  requestToken,
  tokenPath,
} from "./oauth-operations.js";

/** Regression tests for published vulnerabilities of other servers. */
describe("a known weakness of other servers is absent:", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let key: ClientKey;
  let signing: ClientView;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator, { scopes: ["read:users"] });
    key = await clientKey("RS256");
    signing = await createClient(server.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { publicKeys: [{ pem: key.pem }] },
    });
  });

  // Refused assertions are counted in a minute.
  beforeEach(() => {
    server.clock.advance(60);
  });

  afterAll(async () => {
    await server.stop();
  });

  const assert = async (client_assertion: string) =>
    (
      await post(server, tokenPath(server), {
        ...GRANT,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion,
      })
    ).status;
  const signed = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
    assertion(server, signing.clientId, key, { claims, header });
  const introspect = (token: string, headers: Record<string, string>) =>
    post(server, `/projects/${server.projectId}/oauth/introspect`, { token }, headers);
  const operator = () => ({
    authorization: basicAuthorization(server.projectId, server.managementSecret),
  });
  const verifies = async (accessToken: string) =>
    (await server.anonymous.send(VERIFY_TOKEN, { input: { accessToken } })).errors.length === 0;

  test("algorithm confusion (CVE-2026-11800, CVE-2026-33322)", async () => {
    const payload = decodeJwt(await signed());
    for (const alg of ["none", "None", "HS256", "hs256", "rs256", "RS512"]) {
      const input = unsignedJwt({ alg }, payload, "").slice(0, -1);
      server.clock.advance(60);
      for (const secret of [key.pem, JSON.stringify(key.jwk), client.clientSecret]) {
        const signature = createHmac("sha256", secret).update(input).digest("base64url");
        expect(await assert(`${input}.${signature}`)).toBe(401);
      }
      expect(await assert(`${input}.`)).toBe(401);
    }
    const token = await issueAccessToken(server, client);
    const header = { ...decodeProtectedHeader(token), alg: "HS256" };
    const input = unsignedJwt(header, decodeJwt(token), "").slice(0, -1);
    const signature = createHmac("sha256", client.clientSecret).update(input).digest("base64url");
    expect(await verifies(`${input}.${signature}`)).toBe(false);
  });

  test("reuse of an assertion (CVE-2020-5300, CVE-2020-15222)", async () => {
    const reused = await signed();
    expect([await assert(reused), await assert(reused)]).toEqual([200, 401]);
  });

  test("using up another client's assertion ids (keycloak #49215)", async () => {
    const jti = randomUUID();
    const otherKey = await clientKey("RS256");
    const forged = assertion(server, signing.clientId, otherKey, { claims: { jti } });
    expect(await assert(await forged)).toBe(401);
    const otherClient = await createClient(server.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { publicKeys: [{ pem: key.pem }] },
    });
    const claims = { jti };
    expect(await assert(await assertion(server, otherClient.clientId, key, { claims }))).toBe(200);
    expect(await assert(await signed({ jti }))).toBe(200);
  });

  test("an assertion without an expiry or with a distant one (CVE-2026-53431)", async () => {
    expect(await assert(await signed({ exp: undefined }))).toBe(401);
    expect(await assert(await signed({ exp: epoch(server) + 2 * 86_400 }))).toBe(401);
    expect(await assert(await signed({ exp: 1e300 }))).toBe(401);
    expect(await assert(await signed({ iat: epoch(server) + 60 }))).toBe(401);
  });

  test("an assertion for another audience (CVE-2025-27370, CVE-2025-27371)", async () => {
    const elsewhere = "https://evil.example";
    for (const aud of [
      elsewhere,
      [issuerFor(server), elsewhere],
      [`${issuerFor(server)}/oauth/token`, elsewhere],
      [issuerFor(server), `${issuerFor(server)}/oauth/token`],
      `${elsewhere}/oauth/token`,
      `${issuerFor(server)}/oauth/token/../../evil`,
    ]) {
      expect(await assert(await signed({ aud }))).toBe(401);
    }
  });

  test("an audience that was not granted (CVE-2026-67332, keycloak #51718)", async () => {
    const api = await createApi(server.operator);
    const other = await server.otherProject();
    for (const audience of [api.identifier, other.projectId, issuerFor(server), "*"]) {
      for (const name of ["audience", "resource"]) {
        const { body } = await requestToken(server, client, { [name]: audience });
        expect(body.error).toBe("invalid_target");
      }
    }
  });

  test("SSRF by a client's key URL (CVE-2026-1180, CVE-2020-10770, CVE-2026-54885)", async () => {
    for (const jwksUrl of [
      "http://keys.example.com/jwks",
      "https://127.0.0.1/jwks",
      "https://2130706433/jwks",
      "https://[::1]/jwks",
      "https://[::ffff:10.0.0.1]/jwks",
      "https://10.0.0.1/jwks",
      "https://169.254.169.254/latest/meta-data",
      "https://100.64.0.1/jwks",
      "https://localhost/jwks",
      "file:///etc/passwd",
      "https://user:secret@keys.example.com/jwks",
    ]) {
      const input = { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT", keys: { jwksUrl } };
      const created = await server.operator.failure(CREATE_CLIENT, {
        input: { scopes: [], ...input },
      });
      expect(created.extensions).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "keys", "jwksUrl"],
      });
      const { clientId } = client;
      const updated = await server.operator.failure(UPDATE_CLIENT, {
        input: { clientId, ...input },
      });
      expect(updated.extensions).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "keys", "jwksUrl"],
      });
    }
  });

  test("SSRF by a host name with an internal address (CVE-2026-1180)", async () => {
    let asked = 0;
    const inside = createServer((_request, response) => {
      asked++;
      response.end(JSON.stringify({ keys: [key.jwk] }));
    });
    await new Promise<void>((listening) => inside.listen(0, "127.0.0.1", listening));
    const { port } = inside.address() as AddressInfo;
    // The host name is allowed, but it resolves to a forbidden address.
    const { clientId } = await createClient(server.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { jwksUrl: `https://localhost.localdomain:${port}/jwks` },
    });
    expect(await assert(await assertion(server, clientId, key))).toBe(401);
    expect(asked).toBe(0);
    inside.close();
  });

  test("client creation without credentials (CVE-2025-61928, CVE-2026-41427, CVE-2026-65635)", async () => {
    const { errors } = await server.anonymous.send(CREATE_CLIENT, { input: { scopes: [] } });
    expect(errors[0]?.extensions.code).toBe("UNAUTHENTICATED");
    const { totalCount } = (await server.operator.request("{ clients { totalCount } }")).clients;
    const path = `/projects/${server.projectId}/oauth/register`;
    for (const headers of [
      {},
      { authorization: "Bearer " },
      { authorization: `Bearer ${await issueAccessToken(server, client)}` },
      basicHeader(client),
      operator(),
    ] as Record<string, string>[]) {
      const answer = await postJson(server, path, { client_id: client.clientId }, headers);
      expect(answer.status).toBe(401);
    }
    const after = (await server.operator.request("{ clients { totalCount } }")).clients;
    expect(after.totalCount).toBe(totalCount);
  });

  test("an empty secret for a client without one (CVE-2026-25555)", async () => {
    const empty = { ...client, clientSecret: "" };
    expect((await requestToken(server, empty)).status).toBe(401);
    expect((await requestToken(server, { ...empty, clientId: signing.clientId })).status).toBe(401);
    const path = tokenPath(server);
    expect((await post(server, path, GRANT, basicHeader(empty))).status).toBe(401);
    const keyless = { clientId: signing.clientId, clientSecret: "" };
    expect((await post(server, path, GRANT, basicHeader(keyless))).status).toBe(401);
    const authorization = basicAuthorization(server.projectId, "");
    expect((await introspect("x", { authorization })).status).toBe(401);
  });

  test("unauthenticated introspection (Authorizer #606)", async () => {
    const token = await issueAccessToken(server, client);
    const path = `/projects/${server.projectId}/oauth/introspect`;
    const { clientId: client_id } = client;
    for (const parameters of [{}, { client_id }, { client_id, client_secret: "" }]) {
      const answer = await post(server, path, { token, ...(parameters as Record<string, string>) });
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain("active");
    }
  });

  test("introspection that reports every token as active (GHSA-9xx5-cv6j-x533)", async () => {
    const stranger = await createClient(server.operator);
    const token = await issueAccessToken(server, client);
    for (const [inspected, headers] of [
      ["x", operator()],
      [`${token}x`, operator()],
      [token, basicHeader(stranger)],
    ] as const) {
      expect((await introspect(inspected, headers)).text).toBe('{"active":false}');
    }
  });

  test("acceptance of a truncated token or secret (CVE-2026-27840)", async () => {
    const token = await issueAccessToken(server, client);
    for (const cut of [1, 2, 4, 43, 300]) {
      expect(await verifies(token.slice(0, -cut))).toBe(false);
      expect((await introspect(token.slice(0, -cut), operator())).body.active).toBe(false);
      expect(
        (
          await requestToken(server, {
            ...client,
            clientSecret: client.clientSecret.slice(0, -cut),
          })
        ).status,
      ).toBe(401);
    }
    for (const suffix of ["=", "A", ".", " "]) expect(await verifies(token + suffix)).toBe(false);
  });

  test("tokens that outlive their client (CVE-2023-22492)", async () => {
    const owner = await createClient(server.operator);
    const { clientId } = owner;
    const api = await createApi(server.operator);
    await createGrant(server.operator, owner, api);
    const token = await issueAccessToken(server, owner, { audience: api.identifier });
    expect((await introspect(token, operator())).body.active).toBe(true);
    await updateClient(server.operator, { clientId, status: "INACTIVE" });
    expect((await introspect(token, operator())).body.active).toBe(false);
  });

  test("secrets in the log or in a response (GHSA-j72f-h752-mx4w)", async () => {
    const owner = await createClient(server.operator);
    const token = await issueAccessToken(server, owner);
    const proof = await signed();
    await assert(proof);
    await assert(proof);
    await introspect(token, basicHeader(owner));
    const refused = await requestToken(
      server,
      { ...owner, clientId: "nobody" },
      { scope: "marker" },
    );
    const logs = server.logs();
    for (const secret of [owner.clientSecret, token, token.split(".")[2] ?? "", proof]) {
      expect(logs).not.toContain(secret);
      expect(refused.text).not.toContain(secret);
    }
    expect(refused.text).not.toContain("marker");
  });
});
