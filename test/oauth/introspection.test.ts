import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from "jose";
import { createSessionMember } from "../sessions/session-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { keyPair } from "../support/key-pairs.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  createKey,
  DELETE_CLIENT,
  updateClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  type ApiView,
  ASSERTION_TYPE,
  assertion,
  basicHeader,
  clientKey,
  createApi,
  createGrant,
  epoch,
  issueAccessToken,
  issuerFor,
  post,
  postJson,
  send,
  updateApi,
} from "./oauth-operations.js";

type Headers = Record<string, string>;

describe("introspection (RFC 7662)", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let gateway: ClientView & Credentials;
  let api: ApiView;
  let token: string;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator, { trustedMetadata: { tier: "gold" } });
    gateway = await createClient(server.operator, { name: "Gateway" });
    api = await createApi(server.operator, { introspectionClientId: gateway.clientId });
    await createGrant(server.operator, client, api);
    token = await issueAccessToken(server, client, { audience: api.identifier });
  });

  afterAll(async () => {
    await server.stop();
  });

  const path = () => `/projects/${server.projectId}/oauth/introspect`;
  const keyWith = async (...permissions: string[]) => {
    const { secret } = await createKey(server.operator, permissions);
    return { authorization: basicAuthorization(server.projectId, secret) };
  };
  const operator = () => ({
    authorization: basicAuthorization(server.projectId, server.managementSecret),
  });
  const introspect = (token: string, headers: Headers, parameters: Record<string, string> = {}) =>
    post(server, path(), { token, ...parameters }, headers);
  const introspected = async (token: string, headers: Headers) => {
    const { status, body } = await introspect(token, headers);
    expect(status).toBe(200);
    return body;
  };
  /** Every reason for an inactive token must give exactly this response. */
  const expectInactive = async (token: string, headers: Headers = operator()) => {
    const { status, text } = await introspect(token, headers);
    expect({ status, text }).toEqual({ status: 200, text: '{"active":false}' });
  };

  test("describes a token to its own client", async () => {
    const { status, body, headers } = await introspect(token, basicHeader(client));
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      active: true,
      client_id: client.clientId,
      token_type: "Bearer",
      iss: issuerFor(server),
      sub: client.clientId,
      aud: [api.identifier],
      scope: "read:invoices write:invoices",
      iat: epoch(server),
      nbf: epoch(server),
      exp: epoch(server) + 3600,
      jti: decodeJwt(token).jti,
    });
  });

  test("describes a token of every profile, including custom claims", async () => {
    await updateProject(server.operator, {
      claimsTemplate:
        '{ "tier": {{ client.trusted_metadata.tier }}, "active": false, "token_type": "custom" }',
    });
    for (const tokenProfile of ["DEFAULT", "AUTH0", "RFC9068"]) {
      const profiled = await createApi(server.operator, { tokenProfile });
      await createGrant(server.operator, client, profiled);
      const audience = profiled.identifier;
      expect(
        await introspected(await issueAccessToken(server, client, { audience }), operator()),
      ).toMatchObject({
        active: true,
        client_id: client.clientId,
        token_type: "Bearer",
        tier: "gold",
      });
    }
    await updateProject(server.operator, { claimsTemplate: null });
  });

  test("answers the token's client, its API's introspection client and a management key only", async () => {
    const stranger = await createClient(server.operator);
    const other = await server.otherProject();
    const foreignClient = await createClient(other.operator);
    expect((await introspected(token, basicHeader(client))).active).toBe(true);
    expect((await introspected(token, basicHeader(gateway))).active).toBe(true);
    expect((await introspected(token, await keyWith("tokens:read"))).active).toBe(true);
    await expectInactive(token, basicHeader(stranger));
    // The API's introspection client does not see tokens for other audiences.
    await expectInactive(await issueAccessToken(server, client), basicHeader(gateway));
    const otherApi = await createApi(server.operator);
    await createGrant(server.operator, client, otherApi);
    const audience = otherApi.identifier;
    await expectInactive(
      await issueAccessToken(server, client, { audience }),
      basicHeader(gateway),
    );
    for (const [headers, status] of [
      [{}, 401],
      [basicHeader(foreignClient), 401],
      [basicHeader({ ...client, clientSecret: "wrong" }), 401],
      [{ authorization: basicAuthorization(server.projectId, "wrong") }, 401],
      [{ authorization: `Bearer ${token}` }, 401],
      [await keyWith("clients:read", "tokens:write"), 403],
    ] as [Headers, number][]) {
      const answer = await introspect(token, headers);
      expect(answer.status).toBe(status);
      expect(answer.body.error).toBe(status === 401 ? "invalid_client" : "insufficient_scope");
      expect(answer.headers.get("www-authenticate")).not.toBeNull();
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("follows changes of the API's introspection client", async () => {
    const { apiId } = api;
    await updateApi(server.operator, { apiId, introspectionClientId: null });
    await expectInactive(token, basicHeader(gateway));
    const { clientId } = gateway;
    await updateApi(server.operator, { apiId, introspectionClientId: clientId });
    expect((await introspected(token, basicHeader(gateway))).active).toBe(true);
    await updateClient(server.operator, { clientId, status: "INACTIVE" });
    expect((await introspect(token, basicHeader(gateway))).status).toBe(401);
    await updateClient(server.operator, { clientId, status: "ACTIVE" });
  });

  describe("by the project's introspection client", () => {
    let ownServer: ClientView & Credentials;
    const name = (introspectionClientId: string | null) =>
      updateProject(server.operator, { introspectionClientId });

    beforeAll(async () => {
      ownServer = await createClient(server.operator, { name: "Resource server" });
      await name(ownServer.clientId);
    });

    afterAll(() => name(null));

    test("describes tokens for the project, and no others", async () => {
      const ofProject = await issueAccessToken(server, client);
      expect(decodeJwt(ofProject).aud).toEqual([server.projectId]);
      const seen = await introspected(ofProject, basicHeader(ownServer));
      expect(seen).toEqual(await introspected(ofProject, operator()));
      expect(seen).toMatchObject({ active: true, client_id: client.clientId });
      await expectInactive(token, basicHeader(ownServer));
      await expectInactive(ofProject, basicHeader(gateway));
      await name(gateway.clientId);
      await expectInactive(ofProject, basicHeader(ownServer));
      expect((await introspected(ofProject, basicHeader(gateway))).active).toBe(true);
      await name(ownServer.clientId);
    });

    test("describes no session JWT, even of the profile that has the project's audience", async () => {
      await updateProject(server.operator, { sessionTokenProfile: "STYTCH" });
      const member = await createSessionMember(server, server.operator);
      const { sessionJwt } = await member.startSession();
      expect(decodeJwt(sessionJwt).aud).toEqual([server.projectId]);
      await expectInactive(sessionJwt, basicHeader(ownServer));
      await updateProject(server.operator, { sessionTokenProfile: "DEFAULT" });
    });

    test("revokes nothing of other clients", async () => {
      const ofProject = await issueAccessToken(server, client);
      const revoke = `/projects/${server.projectId}/oauth/revoke`;
      const answer = await post(server, revoke, { token: ofProject }, basicHeader(ownServer));
      expect([answer.status, answer.body.error]).toEqual([400, "unauthorized_client"]);
      expect((await introspected(ofProject, basicHeader(ownServer))).active).toBe(true);
    });
  });

  test("accepts every client authentication method, and JSON", async () => {
    const { clientId: client_id, clientSecret: client_secret } = client;
    expect((await introspect(token, {}, { client_id, client_secret })).body.active).toBe(true);
    const json = await postJson(server, path(), { token, client_id, client_secret });
    expect(json.body.active).toBe(true);
    const key = await clientKey();
    const signing = await createClient(server.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { publicKeys: [{ pem: key.pem }] },
    });
    const { apiId } = api;
    await updateApi(server.operator, { apiId, introspectionClientId: signing.clientId });
    const client_assertion = await assertion(server, signing.clientId, key);
    const parameters = { client_assertion_type: ASSERTION_TYPE, client_assertion };
    expect((await introspect(token, {}, parameters)).body.active).toBe(true);
    expect((await introspect(token, {}, parameters)).status).toBe(401);
    await updateApi(server.operator, { apiId, introspectionClientId: gateway.clientId });
  });

  test("is also served at /oauth/introspect, and is not found for an unknown project", async () => {
    const answer = await post(server, "/oauth/introspect", { token }, operator());
    expect(answer.body.active).toBe(true);
    const unknown = await post(server, "/projects/nobody/oauth/introspect", { token }, operator());
    expect(unknown.status).toBe(404);
    expect((await send(server, `${path()}?token=${token}`)).status).toBe(405);
  });

  test("requires a token", async () => {
    for (const parameters of [{}, { token: "" }] as Record<string, string>[]) {
      const { status, body } = await post(server, path(), parameters, operator());
      expect(status).toBe(400);
      expect(body.error).toBe("invalid_request");
    }
  });

  test.each(["\n", "\r\n"])("takes a token that a file has ended with %j", async (end) => {
    expect((await introspect(`${token}${end}`, operator())).body.active).toBe(true);
  });

  test("ignores token_type_hint", async () => {
    for (const token_type_hint of ["access_token", "refresh_token", "whatever"]) {
      expect((await introspect(token, operator(), { token_type_hint })).body.active).toBe(true);
    }
  });

  describe("reports as inactive", () => {
    test("text that is not a token", async () => {
      for (const text of ["x", "a.b.c", "...", "{}", "null", "x".repeat(100_000)]) {
        await expectInactive(text);
      }
    });

    test("a tampered token", async () => {
      const [header = "", payload = "", signature = ""] = token.split(".");
      const forged = Buffer.from(JSON.stringify({ ...decodeJwt(token), scope: "admin" }));
      for (const tampered of [
        `${header}.${forged.toString("base64url")}.${signature}`,
        `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
        `${header}.${payload}.`,
        `${header}.${payload}`,
        `${token}x`,
      ]) {
        await expectInactive(tampered);
      }
    });

    test("a token with another party's signature", async () => {
      const { privateKey } = await keyPair("RS256");
      const header = decodeProtectedHeader(token) as { alg: string };
      const forged = new SignJWT(decodeJwt(token)).setProtectedHeader(header).sign(privateKey);
      await expectInactive(await forged);
    });

    test("another project's token", async () => {
      const other = await server.otherProject();
      const foreignClient = await createClient(other.operator);
      const answer = await post(server, `/projects/${other.projectId}/oauth/token`, {
        grant_type: "client_credentials",
        client_id: foreignClient.clientId,
        client_secret: foreignClient.clientSecret,
      });
      await expectInactive(answer.body.access_token);
      const claims = decodeJwt(token) as JWTPayload & { iat: number; exp: number };
      const jwt = { algorithm: "RS256" as const, typ: "JWT", claims };
      await expectInactive(await server.services.signingKeys.sign(other.projectId, jwt));
    });

    test("a session JWT", async () => {
      const member = await createSessionMember(server, server.operator);
      const { sessionJwt } = await member.startSession();
      await expectInactive(sessionJwt);
    });

    test("a client secret or a client assertion", async () => {
      await expectInactive(client.clientSecret);
      const key = await clientKey();
      await expectInactive(await assertion(server, client.clientId, key));
    });

    test("a token whose client is inactive, expired or deleted", async () => {
      const owner = await createClient(server.operator);
      const { clientId } = owner;
      const token = await issueAccessToken(server, owner);
      const status = (value: string) => updateClient(server.operator, { clientId, status: value });
      await status("INACTIVE");
      await expectInactive(token);
      await status("ACTIVE");
      expect((await introspected(token, operator())).active).toBe(true);
      const expiresAt = new Date(server.clock.now().getTime() + 10_000).toISOString();
      await updateClient(server.operator, { clientId, expiresAt });
      expect((await introspected(token, operator())).active).toBe(true);
      server.clock.advance(10);
      await expectInactive(token);
      await updateClient(server.operator, { clientId, expiresAt: null });
      expect((await introspected(token, operator())).active).toBe(true);
      await server.operator.request(DELETE_CLIENT, { input: { clientId } });
      await expectInactive(token);
    });

    test("an expired token", async () => {
      server.clock.advance(3599 - (epoch(server) - (decodeJwt(token).iat ?? 0)));
      expect((await introspected(token, operator())).active).toBe(true);
      server.clock.advance(1);
      await expectInactive(token);
      await expectInactive(token, basicHeader(client));
    });
  });
});
