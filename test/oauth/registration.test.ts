import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import {
  type ClientView,
  type Credentials,
  createClient,
  DELETE_CLIENT,
  getClient,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  type ApiView,
  ASSERTION_TYPE,
  assertion,
  type ClientKey,
  clientKey,
  createApi,
  createGrant,
  dpopProof,
  epoch,
  GRANT,
  issueAccessToken,
  issuerFor,
  type OAuthAnswer,
  post,
  postJson,
  requestToken,
  send,
  tokenPath,
} from "./oauth-operations.js";

describe("client registration", () => {
  let server: TestServer;
  let registrar: ClientView & Credentials;
  let management: ApiView;
  let token: string;
  let key: ClientKey;

  beforeAll(async () => {
    server = await startTestServer();
    key = await clientKey();
    management = await createApi(server.operator, {
      identifier: `${issuerFor(server)}/graphql`,
      scopes: [{ value: "clients:register" }, { value: "clients:read" }],
    });
    registrar = await createClient(server.operator, { scopes: ["read:users", "write:users"] });
    await createGrant(server.operator, registrar, management);
    token = await issueAccessToken(server, registrar, { audience: management.identifier });
  });

  afterAll(async () => {
    await server.stop();
  });

  const path = (clientId?: string) =>
    `/projects/${server.projectId}/oauth/register${clientId ? `/${clientId}` : ""}`;
  const bearer = (one: string) => ({ authorization: `Bearer ${one}` });
  const register = (metadata: unknown, by = token) =>
    postJson(server, path(), metadata, bearer(by));
  const manage = (method: string, clientId: string, by: string, metadata?: object) =>
    send(server, path(clientId), {
      method,
      headers: { ...bearer(by), ...(metadata && { "content-type": "application/json" }) },
      ...(metadata && { body: JSON.stringify(metadata) }),
    });
  const registered = async (metadata: object = {}) => {
    const { status, body, text } = await register(metadata);
    if (status !== 201) throw new Error(`expected a client: ${text}`);
    return body as Record<string, string> & {
      client_id: string;
      client_secret: string;
      registration_access_token: string;
    };
  };
  const credentialsOf = (made: { client_id: string; client_secret: string }) => ({
    clientId: made.client_id,
    clientSecret: made.client_secret,
  });

  const expectInvalidToken = async (request: Promise<OAuthAnswer>) => {
    const { status, body, headers } = await request;
    expect({ status, error: body.error }).toEqual({ status: 401, error: "invalid_token" });
    expect(headers.get("www-authenticate")).toBe(
      'Bearer realm="countersign", error="invalid_token"',
    );
    expect(headers.get("cache-control")).toBe("no-store");
  };
  const expectInvalidMetadata = async (request: Promise<OAuthAnswer>) => {
    const { status, body, headers } = await request;
    expect({ status, error: body.error }).toEqual({
      status: 400,
      error: "invalid_client_metadata",
    });
    expect(body.error_description).toEqual(expect.any(String));
    expect(headers.get("cache-control")).toBe("no-store");
  };

  describe("by a client that may (RFC 7591)", () => {
    test("makes a client with a secret, which gets tokens", async () => {
      const { status, body, headers } = await register({
        client_name: "Made by a client",
        scope: "read:users",
        software_id: "whatever else is sent",
      });
      expect(status).toBe(201);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(body).toEqual({
        client_id: expect.stringMatching(/^client_[0-9A-Za-z]{22}$/),
        client_id_issued_at: epoch(server),
        client_secret: expect.stringMatching(/^csk_/),
        client_secret_expires_at: 0,
        client_name: "Made by a client",
        grant_types: ["client_credentials"],
        response_types: [],
        token_endpoint_auth_method: "client_secret_basic",
        scope: "read:users",
        dpop_bound_access_tokens: false,
        registration_access_token: expect.stringMatching(/^crt_/),
        registration_client_uri: `${issuerFor(server)}/oauth/register/${body.client_id}`,
      });
      const { clientId, clientSecret } = credentialsOf(body);
      expect((await requestToken(server, { clientId, clientSecret })).status).toBe(401);
      const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
      const answer = await post(server, tokenPath(server), GRANT, { authorization });
      expect(answer.body.scope).toBe("read:users");
    });

    test("makes a client that signs, without a secret", async () => {
      const made = await registered({
        token_endpoint_auth_method: "private_key_jwt",
        jwks: { keys: [{ ...key.jwk, kid: "a", use: "sig" }] },
        dpop_bound_access_tokens: false,
        scope: "read:users",
      });
      expect(made).not.toHaveProperty("client_secret");
      expect(made).not.toHaveProperty("client_secret_expires_at");
      expect(made["jwks"]).toEqual({ keys: [key.jwk] });
      const { status, body } = await post(server, tokenPath(server), {
        ...GRANT,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(server, made.client_id, key),
      });
      expect(status).toBe(200);
      expect(decodeJwt(body.access_token).sub).toBe(made.client_id);
    });

    test("makes a client that serves its keys, or must prove to have one", async () => {
      const made = await registered({
        token_endpoint_auth_method: "private_key_jwt",
        jwks_uri: "https://keys.example.com/jwks.json",
        dpop_bound_access_tokens: true,
      });
      expect(made).toMatchObject({
        jwks_uri: "https://keys.example.com/jwks.json",
        dpop_bound_access_tokens: true,
        scope: "",
      });
    });

    test("leaves an audit event that names the registrar", async () => {
      const made = await registered();
      const { auditEvents } = await server.operator.request(
        "query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { action actorType actorId } } }",
        { filter: { targetId: made.client_id } },
      );
      expect(auditEvents.nodes).toEqual([
        { action: "client.create", actorType: "CLIENT", actorId: registrar.clientId },
      ]);
    });

    test("gives no scopes beyond the registrar's own", async () => {
      expect((await registered({ scope: "write:users read:users" }))["scope"]).toBe(
        "write:users read:users",
      );
      expect((await registered({}))["scope"]).toBe("");
      for (const scope of ["read:users admin", "clients:register", "read:*"]) {
        await expectInvalidMetadata(register({ scope }));
      }
    });

    test("is at /oauth/register too, and nowhere for an unknown project", async () => {
      const answer = await postJson(server, "/oauth/register", {}, bearer(token));
      expect(answer.status).toBe(201);
      const unknown = await postJson(server, "/projects/no/oauth/register", {}, bearer(token));
      expect(unknown.status).toBe(404);
    });

    test.each([
      ["another grant", { grant_types: ["authorization_code"] }],
      ["a second grant", { grant_types: ["client_credentials", "refresh_token"] }],
      ["no grant", { grant_types: [] }],
      ["a response type", { response_types: ["code"] }],
      ["no authentication", { token_endpoint_auth_method: "none" }],
      ["an unknown method", { token_endpoint_auth_method: "constructor" }],
      ["a method in our own spelling", { token_endpoint_auth_method: "PRIVATE_KEY_JWT" }],
      ["private_key_jwt without keys", { token_endpoint_auth_method: "private_key_jwt" }],
      ["keys without private_key_jwt", () => ({ jwks: { keys: [key.jwk] } })],
      [
        "keys by value and by URL",
        () => ({
          token_endpoint_auth_method: "private_key_jwt",
          jwks: { keys: [key.jwk] },
          jwks_uri: "https://keys.example.com/jwks.json",
        }),
      ],
      [
        "a private key",
        () => ({
          token_endpoint_auth_method: "private_key_jwt",
          jwks: { keys: [key.privateJwk] },
        }),
      ],
      [
        "a symmetric key",
        {
          token_endpoint_auth_method: "private_key_jwt",
          jwks: { keys: [{ kty: "oct", k: "AAAA" }] },
        },
      ],
      [
        "six keys",
        () => ({
          token_endpoint_auth_method: "private_key_jwt",
          jwks: { keys: Array.from({ length: 6 }, () => key.jwk) },
        }),
      ],
      [
        "a URL of keys inside of our network (CVE-2026-1180)",
        {
          token_endpoint_auth_method: "private_key_jwt",
          jwks_uri: "https://169.254.169.254/latest/meta-data",
        },
      ],
      [
        "a URL of keys over http",
        {
          token_endpoint_auth_method: "private_key_jwt",
          jwks_uri: "http://keys.example.com/jwks.json",
        },
      ],
      ["a scope that is none", { scope: 'a"b' }],
      ["a name of 129 characters", { client_name: "x".repeat(129) }],
      ["a NUL in the name", { client_name: "a\u0000" }],
      ["a name that is a number", { client_name: 5 }],
      ["a list", [{}]],
      ["text", '"x"'],
      ["broken JSON", "{"],
    ])("refuses %s", async (_what, metadata) => {
      const { totalCount } = (await server.operator.request("{ clients { totalCount } }")).clients;
      await expectInvalidMetadata(register(typeof metadata === "function" ? metadata() : metadata));
      const after = (await server.operator.request("{ clients { totalCount } }")).clients;
      expect(after.totalCount).toBe(totalCount);
    });

    test("refuses a form", async () => {
      await expectInvalidMetadata(post(server, path(), { client_name: "x" }, bearer(token)));
    });
  });

  describe("needs an access token", () => {
    test("for this server, with clients:register, good at this moment", async () => {
      const { headers } = await postJson(server, path(), {});
      expect(headers.get("www-authenticate")).toContain("Bearer");
      await expectInvalidToken(postJson(server, path(), {}));
      await expectInvalidToken(postJson(server, path(), {}, { authorization: "Bearer x" }));
      await expectInvalidToken(register({}, `${token}x`));
      // For the project itself: a token that every client gets
      await expectInvalidToken(register({}, await issueAccessToken(server, registrar)));
      await expectInvalidToken(register({ grant_types: ["none of it"] }, "x.y.z"));
      const basic = `Basic ${Buffer.from(`${server.projectId}:${server.managementSecret}`).toString("base64")}`;
      await expectInvalidToken(postJson(server, path(), {}, { authorization: basic }));
    });

    test("that has the permission", async () => {
      const audience = management.identifier;
      const weaker = await issueAccessToken(server, registrar, { audience, scope: "clients:read" });
      const { status, body, headers } = await register({}, weaker);
      expect({ status, error: body.error }).toEqual({ status: 403, error: "insufficient_scope" });
      expect(headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    });

    test("that is not bound to a key which it does not prove", async () => {
      const challenge = await requestToken(
        server,
        registrar,
        {},
        { dpop: await dpopProof(server, key) },
      );
      const nonce = challenge.headers.get("dpop-nonce") ?? "";
      const dpop = await dpopProof(server, key, { claims: { nonce } });
      const audience = management.identifier;
      const { body } = await requestToken(server, registrar, { audience }, { dpop });
      expect(body.token_type).toBe("DPoP");
      await expectInvalidToken(register({}, body.access_token));
    });

    test("of the same project", async () => {
      const other = await server.otherProject();
      const answer = postJson(
        server,
        `/projects/${other.projectId}/oauth/register`,
        {},
        bearer(token),
      );
      await expectInvalidToken(answer);
    });

    test("whose client is active", async () => {
      const { clientId } = registrar;
      await updateClient(server.operator, { clientId, status: "INACTIVE" });
      await expectInvalidToken(register({}));
      await updateClient(server.operator, { clientId, status: "ACTIVE" });
      expect((await register({})).status).toBe(201);
    });
  });

  describe("lets the client manage itself (RFC 7592):", () => {
    test("read", async () => {
      const made = await registered({ client_name: "Itself", scope: "read:users" });
      const { client_secret, client_secret_expires_at, ...rest } = made;
      const { status, body, headers } = await manage(
        "GET",
        made.client_id,
        made.registration_access_token,
      );
      expect(status).toBe(200);
      expect(body).toEqual(rest);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(client_secret_expires_at).toBe(0);
      expect(client_secret).toMatch(/^csk_/);
    });

    test("replace: what is left out is cleared", async () => {
      const made = await registered({ client_name: "Before", scope: "read:users write:users" });
      const { client_id, registration_access_token } = made;
      const { status, body } = await manage("PUT", client_id, registration_access_token, {
        client_id,
        scope: "write:users",
        token_endpoint_auth_method: "client_secret_post",
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        client_id,
        scope: "write:users",
        token_endpoint_auth_method: "client_secret_post",
        registration_access_token,
      });
      expect(body).not.toHaveProperty("client_name");
      expect(await getClient(server.operator, client_id)).toMatchObject({
        name: null,
        scopes: ["write:users"],
      });
      expect((await requestToken(server, credentialsOf(made))).body.scope).toBe("write:users");
    });

    test("rotate its keys", async () => {
      const keys = (...all: ClientKey[]) => ({
        token_endpoint_auth_method: "private_key_jwt",
        jwks: { keys: all.map(({ jwk }) => jwk) },
      });
      const next = await clientKey("EdDSA");
      const { client_id, registration_access_token: by } = await registered(keys(key));
      const ask = async (one: ClientKey) =>
        (
          await post(server, tokenPath(server), {
            ...GRANT,
            client_assertion_type: ASSERTION_TYPE,
            client_assertion: await assertion(server, client_id, one),
          })
        ).status;
      await manage("PUT", client_id, by, { client_id, ...keys(key, next) });
      expect([await ask(key), await ask(next)]).toEqual([200, 200]);
      await manage("PUT", client_id, by, { client_id, ...keys(next) });
      expect([await ask(key), await ask(next)]).toEqual([401, 200]);
      // It never had a secret, and a change of method would leave it with nothing.
      await expectInvalidMetadata(
        manage("PUT", client_id, by, {
          client_id,
          token_endpoint_auth_method: "client_secret_basic",
        }),
      );
    });

    test("delete", async () => {
      const made = await registered();
      const { client_id, registration_access_token: by } = made;
      const { status, text } = await manage("DELETE", client_id, by);
      expect({ status, text }).toEqual({ status: 204, text: "" });
      expect(await getClient(server.operator, client_id)).toBeNull();
      await expectInvalidToken(manage("GET", client_id, by));
      await expectInvalidToken(manage("DELETE", client_id, by));
    });

    test("but not another client, nor with anything but its own registration token", async () => {
      const one = await registered();
      const two = await registered();
      const ordinary = await createClient(server.operator);
      for (const [clientId, by] of [
        [one.client_id, two.registration_access_token],
        [one.client_id, token],
        [one.client_id, one.client_secret],
        [one.client_id, `${one.registration_access_token}x`],
        [one.client_id, one.registration_access_token.slice(0, -1)],
        [ordinary.clientId, one.registration_access_token],
        [registrar.clientId, token],
        ["client_0000000000000000000000", one.registration_access_token],
        ["%00", one.registration_access_token],
      ] as [string, string][]) {
        const metadata = { client_id: clientId };
        await expectInvalidToken(manage("GET", clientId, by));
        await expectInvalidToken(manage("PUT", clientId, by, metadata));
        await expectInvalidToken(manage("DELETE", clientId, by));
      }
      expect((await manage("GET", one.client_id, one.registration_access_token)).status).toBe(200);
    });

    test("but not with the token of another project", async () => {
      const other = await server.otherProject();
      const { client_id, registration_access_token } = await registered();
      const answer = send(server, `/projects/${other.projectId}/oauth/register/${client_id}`, {
        headers: bearer(registration_access_token),
      });
      await expectInvalidToken(answer);
    });

    test("but not while it is inactive", async () => {
      const { client_id, registration_access_token: by } = await registered();
      await updateClient(server.operator, { clientId: client_id, status: "INACTIVE" });
      await expectInvalidToken(manage("GET", client_id, by));
      await expectInvalidToken(manage("PUT", client_id, by, { client_id }));
      await expectInvalidToken(manage("DELETE", client_id, by));
      await updateClient(server.operator, { clientId: client_id, status: "ACTIVE" });
      expect((await manage("GET", client_id, by)).status).toBe(200);
    });

    test("but not as another one, and not with what registration refuses", async () => {
      const { client_id, registration_access_token: by } = await registered();
      for (const metadata of [
        {},
        { client_id: registrar.clientId },
        { client_id, grant_types: ["password"] },
        { client_id, token_endpoint_auth_method: "private_key_jwt" },
        { client_id, scope: "admin" },
      ]) {
        await expectInvalidMetadata(manage("PUT", client_id, by, metadata));
      }
    });

    test("and keeps it below its registrar, as that one changes or goes", async () => {
      const made = await registered({ scope: "read:users" });
      const { client_id, registration_access_token: by } = made;
      const { clientId } = registrar;
      const put = (scope: string) => manage("PUT", client_id, by, { client_id, scope });
      await updateClient(server.operator, { clientId, scopes: ["write:users"] });
      await expectInvalidMetadata(put("read:users"));
      expect((await put("write:users")).status).toBe(200);
      await updateClient(server.operator, { clientId, scopes: ["read:users", "write:users"] });
      const brief = await createClient(server.operator, { scopes: ["read:users"] });
      await createGrant(server.operator, brief, management);
      const audience = management.identifier;
      const child = (await register({}, await issueAccessToken(server, brief, { audience }))).body;
      await server.operator.request(DELETE_CLIENT, { input: { clientId: brief.clientId } });
      const orphan = (scope: string) =>
        manage("PUT", child.client_id, child.registration_access_token, {
          client_id: child.client_id,
          scope,
        });
      await expectInvalidMetadata(orphan("read:users"));
      expect((await orphan("")).status).toBe(200);
    });
  });

  test("keeps no registration token in clear", async () => {
    const { registration_access_token } = await registered();
    const { dataSource } = server.services.unitOfWork.read;
    const rows = JSON.stringify(await dataSource.query("SELECT * FROM clients"));
    expect(rows).not.toContain(registration_access_token);
    expect(server.logs()).not.toContain(registration_access_token);
  });
});
