import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { AllowedHosts } from "../../src/key-sets/allowed-hosts.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  DELETE_CLIENT,
  getClient,
  importClient,
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
  DELETE_GRANT,
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
  const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });
  const register = (metadata: unknown, accessToken = token) =>
    postJson(server, path(), metadata, bearer(accessToken));
  const manage = (method: string, clientId: string, accessToken: string, metadata?: object) =>
    send(server, path(clientId), {
      method,
      headers: { ...bearer(accessToken), ...(metadata && { "content-type": "application/json" }) },
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
  const credentialsOf = (client: { client_id: string; client_secret: string }) => ({
    clientId: client.client_id,
    clientSecret: client.client_secret,
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

  describe("by a permitted client (RFC 7591)", () => {
    test("creates a client with a secret, which gets tokens", async () => {
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

    test("creates a private_key_jwt client without a secret", async () => {
      const created = await registered({
        token_endpoint_auth_method: "private_key_jwt",
        jwks: { keys: [{ ...key.jwk, kid: "a", use: "sig" }] },
        dpop_bound_access_tokens: false,
        scope: "read:users",
      });
      expect(created).not.toHaveProperty("client_secret");
      expect(created).not.toHaveProperty("client_secret_expires_at");
      expect(created["jwks"]).toEqual({ keys: [key.jwk] });
      const { status, body } = await post(server, tokenPath(server), {
        ...GRANT,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(server, created.client_id, key),
      });
      expect(status).toBe(200);
      expect(decodeJwt(body.access_token).sub).toBe(created.client_id);
    });

    test("creates a client with a key URL and required DPoP", async () => {
      const created = await registered({
        token_endpoint_auth_method: "private_key_jwt",
        jwks_uri: "https://keys.example.com/jwks.json",
        dpop_bound_access_tokens: true,
      });
      expect(created).toMatchObject({
        jwks_uri: "https://keys.example.com/jwks.json",
        dpop_bound_access_tokens: true,
      });
    });

    test("creates one whose key URL is private only where the server's operator allows the host", async () => {
      const metadata = {
        token_endpoint_auth_method: "private_key_jwt",
        jwks_uri: "https://10.0.0.5:8443/jwks.json",
      };
      const { status, body } = await register(metadata);
      expect(status).toBe(400);
      expect(body.error_description).toContain("listed in KEY_SET_ALLOWED_HOSTS");
      await server.restart({ keySetAllowedHosts: AllowedHosts.parse("10.0.0.0/8") });
      expect(await registered(metadata)).toMatchObject({ jwks_uri: metadata.jwks_uri });
      await server.restart();
    });

    test("records an audit event that names the registrar", async () => {
      const created = await registered();
      const { auditEvents } = await server.operator.request(
        "query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { action actorType actorId } } }",
        { filter: { targetId: created.client_id } },
      );
      expect(auditEvents.nodes).toEqual([
        { action: "CLIENT_CREATE", actorType: "CLIENT", actorId: registrar.clientId },
      ]);
    });

    test("grants only scopes that the registrar has", async () => {
      expect((await registered({ scope: "write:users read:users" }))["scope"]).toBe(
        "write:users read:users",
      );
      expect(await registered({})).not.toHaveProperty("scope");
      for (const scope of ["read:users admin", "clients:register", "read:*"]) {
        await expectInvalidMetadata(register({ scope }));
      }
    });

    test("is also served at /oauth/register, and is not found for an unknown project", async () => {
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
      ["the authentication method none", { token_endpoint_auth_method: "none" }],
      ["an unknown authentication method", { token_endpoint_auth_method: "constructor" }],
      ["a method in GraphQL's spelling", { token_endpoint_auth_method: "PRIVATE_KEY_JWT" }],
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
        "a key URL with an internal address (CVE-2026-1180)",
        {
          token_endpoint_auth_method: "private_key_jwt",
          jwks_uri: "https://169.254.169.254/latest/meta-data",
        },
      ],
      [
        "a key URL over http",
        {
          token_endpoint_auth_method: "private_key_jwt",
          jwks_uri: "http://keys.example.com/jwks.json",
        },
      ],
      ["a malformed scope", { scope: 'a"b' }],
      ["a name of 129 characters", { client_name: "x".repeat(129) }],
      ["a NUL in the name", { client_name: "a\u0000" }],
      ["a name that is a number", { client_name: 5 }],
      [
        "a number that JSON does not keep",
        '{"client_name":"x","jwks":{"keys":[{"n":1163287654321098753}]}}',
      ],
      ["a list", [{}]],
      ["text", '"x"'],
      ["broken JSON", "{"],
    ])("refuses %s", async (_what, metadata) => {
      const { totalCount } = (await server.operator.request("{ clients { totalCount } }")).clients;
      await expectInvalidMetadata(register(typeof metadata === "function" ? metadata() : metadata));
      const after = (await server.operator.request("{ clients { totalCount } }")).clients;
      expect(after.totalCount).toBe(totalCount);
    });

    test("refuses metadata that name a member twice, of which one would be ignored", async () => {
      const { status, body } = await register('{"client_name":"a","client_name":"b"}');
      expect([status, body.error_description]).toEqual([
        400,
        "JSON must not have two members of the same name in one object",
      ]);
    });

    test("refuses a form", async () => {
      await expectInvalidMetadata(post(server, path(), { client_name: "x" }, bearer(token)));
    });
  });

  describe("requires an access token", () => {
    test("that is valid and has this server's audience", async () => {
      const { headers } = await postJson(server, path(), {});
      expect(headers.get("www-authenticate")).toContain("Bearer");
      await expectInvalidToken(postJson(server, path(), {}));
      await expectInvalidToken(postJson(server, path(), {}, { authorization: "Bearer x" }));
      await expectInvalidToken(register({}, `${token}x`));
      // Every client can get a token for the project itself, so that audience is not enough.
      await expectInvalidToken(register({}, await issueAccessToken(server, registrar)));
      await expectInvalidToken(register({ grant_types: ["none of it"] }, "x.y.z"));
      const basic = `Basic ${Buffer.from(`${server.projectId}:${server.managementSecret}`).toString("base64")}`;
      await expectInvalidToken(postJson(server, path(), {}, { authorization: basic }));
    });

    test("with the permission clients:register", async () => {
      const audience = management.identifier;
      const weaker = await issueAccessToken(server, registrar, { audience, scope: "clients:read" });
      const { status, body, headers } = await register({}, weaker);
      expect({ status, error: body.error }).toEqual({ status: 403, error: "insufficient_scope" });
      expect(headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    });

    test("that is not DPoP-bound, because the endpoint accepts no proofs", async () => {
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

    test("of an active client", async () => {
      const { clientId } = registrar;
      await updateClient(server.operator, { clientId, status: "INACTIVE" });
      await expectInvalidToken(register({}));
      await updateClient(server.operator, { clientId, status: "ACTIVE" });
      expect((await register({})).status).toBe(201);
    });
  });

  describe("by the client itself (RFC 7592)", () => {
    test("returns its metadata", async () => {
      const created = await registered({ client_name: "Itself", scope: "read:users" });
      const { client_secret, client_secret_expires_at, ...rest } = created;
      const { status, body, headers } = await manage(
        "GET",
        created.client_id,
        created.registration_access_token,
      );
      expect(status).toBe(200);
      expect(body).toEqual(rest);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(client_secret_expires_at).toBe(0);
      expect(client_secret).toMatch(/^csk_/);
    });

    test("replaces its metadata and clears omitted members", async () => {
      const created = await registered({ client_name: "Before", scope: "read:users write:users" });
      const { client_id, registration_access_token } = created;
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
      expect((await requestToken(server, credentialsOf(created))).body.scope).toBe("write:users");
    });

    test("rotates its keys", async () => {
      const keys = (...all: ClientKey[]) => ({
        token_endpoint_auth_method: "private_key_jwt",
        jwks: { keys: all.map(({ jwk }) => jwk) },
      });
      const next = await clientKey("EdDSA");
      const { client_id, registration_access_token: by } = await registered(keys(key));
      const statusWith = async (signer: ClientKey) =>
        (
          await post(server, tokenPath(server), {
            ...GRANT,
            client_assertion_type: ASSERTION_TYPE,
            client_assertion: await assertion(server, client_id, signer),
          })
        ).status;
      await manage("PUT", client_id, by, { client_id, ...keys(key, next) });
      expect([await statusWith(key), await statusWith(next)]).toEqual([200, 200]);
      await manage("PUT", client_id, by, { client_id, ...keys(next) });
      expect([await statusWith(key), await statusWith(next)]).toEqual([401, 200]);
      // Without a secret, the client could not authenticate by another method.
      await expectInvalidMetadata(
        manage("PUT", client_id, by, {
          client_id,
          token_endpoint_auth_method: "client_secret_basic",
        }),
      );
    });

    test("deletes the client", async () => {
      const created = await registered();
      const { client_id, registration_access_token: by } = created;
      const { status, text } = await manage("DELETE", client_id, by);
      expect({ status, text }).toEqual({ status: 204, text: "" });
      expect(await getClient(server.operator, client_id)).toBeNull();
      await expectInvalidToken(manage("GET", client_id, by));
      await expectInvalidToken(manage("DELETE", client_id, by));
    });

    test("requires the client's own registration token", async () => {
      const first = await registered();
      const second = await registered();
      const ordinary = await createClient(server.operator);
      for (const [clientId, by] of [
        [first.client_id, second.registration_access_token],
        [first.client_id, token],
        [first.client_id, first.client_secret],
        [first.client_id, `${first.registration_access_token}x`],
        [first.client_id, first.registration_access_token.slice(0, -1)],
        [ordinary.clientId, first.registration_access_token],
        [registrar.clientId, token],
        ["client_0000000000000000000000", first.registration_access_token],
        ["%00", first.registration_access_token],
      ] as [string, string][]) {
        const metadata = { client_id: clientId };
        await expectInvalidToken(manage("GET", clientId, by));
        await expectInvalidToken(manage("PUT", clientId, by, metadata));
        await expectInvalidToken(manage("DELETE", clientId, by));
      }
      expect((await manage("GET", first.client_id, first.registration_access_token)).status).toBe(
        200,
      );
    });

    test("refuses the registration token in another project", async () => {
      const other = await server.otherProject();
      const { client_id, registration_access_token } = await registered();
      const answer = send(server, `/projects/${other.projectId}/oauth/register/${client_id}`, {
        headers: bearer(registration_access_token),
      });
      await expectInvalidToken(answer);
    });

    test("refuses an inactive client", async () => {
      const { client_id, registration_access_token: by } = await registered();
      await updateClient(server.operator, { clientId: client_id, status: "INACTIVE" });
      await expectInvalidToken(manage("GET", client_id, by));
      await expectInvalidToken(manage("PUT", client_id, by, { client_id }));
      await expectInvalidToken(manage("DELETE", client_id, by));
      await updateClient(server.operator, { clientId: client_id, status: "ACTIVE" });
      expect((await manage("GET", client_id, by)).status).toBe(200);
    });

    test("refuses another client_id and metadata that registration refuses", async () => {
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

    test("stays within the registrar's current scopes", async () => {
      const created = await registered({ scope: "read:users" });
      const { client_id, registration_access_token: by } = created;
      const { clientId } = registrar;
      const put = (scope: string) => manage("PUT", client_id, by, { client_id, scope });
      await updateClient(server.operator, { clientId, scopes: ["write:users"] });
      await expectInvalidMetadata(put("read:users"));
      expect((await put("write:users")).status).toBe(200);
      await updateClient(server.operator, { clientId, scopes: ["read:users", "write:users"] });
    });

    describe("cannot undo what an operator has set:", () => {
      const restricted = async (input: object, metadata: object = {}) => {
        const created = await registered({ scope: "read:users write:users", ...metadata });
        const { client_id, registration_access_token: by } = created;
        await updateClient(server.operator, { clientId: client_id, ...input });
        return {
          clientId: client_id,
          put: (change: object) => manage("PUT", client_id, by, { client_id, ...change }),
        };
      };

      test("it narrows its scopes and gets them back, but no others", async () => {
        const { clientId, put } = await restricted({ scopes: ["read:users"] });
        await expectInvalidMetadata(put({ scope: "read:users write:users" }));
        for (const scope of ["", "read:users"]) {
          expect((await put({ scope })).body.scope ?? "").toBe(scope);
        }
        await updateClient(server.operator, { clientId, name: "Renamed" });
        await expectInvalidMetadata(put({ scope: "write:users" }));
        await updateClient(server.operator, { clientId, scopes: ["write:users"] });
        expect((await put({ scope: "write:users" })).status).toBe(200);
      });

      test("it keeps DPoP", async () => {
        const { clientId, put } = await restricted({ dpopBoundAccessTokens: true });
        await expectInvalidMetadata(put({}));
        await expectInvalidMetadata(put({ dpop_bound_access_tokens: false }));
        expect((await put({ dpop_bound_access_tokens: true })).status).toBe(200);
        await updateClient(server.operator, { clientId, dpopBoundAccessTokens: false });
        expect((await put({ dpop_bound_access_tokens: true })).status).toBe(200);
        expect((await put({})).status).toBe(200);
      });

      test("it keeps private_key_jwt, although its secret is still valid", async () => {
        const keys = { publicKeys: [{ jwk: key.jwk }] };
        const { put } = await restricted({ tokenEndpointAuthMethod: "PRIVATE_KEY_JWT", keys });
        await expectInvalidMetadata(put({ token_endpoint_auth_method: "client_secret_post" }));
        const { jwk } = await clientKey();
        const rotated = { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [jwk] } };
        expect((await put(rotated)).status).toBe(200);
      });
    });

    test("needs a client and a registrar that are usable, except to delete itself", async () => {
      const brief = await createClient(server.operator, { scopes: ["read:users"] });
      const clientId = brief.clientId;
      await createGrant(server.operator, brief, management);
      const audience = management.identifier;
      const byBrief = await issueAccessToken(server, brief, { audience });
      const first = (await register({}, byBrief)).body;
      const second = (await register({}, byBrief)).body;
      const third = (await register({}, byBrief)).body;
      const get = () => manage("GET", first.client_id, first.registration_access_token);
      const put = () =>
        manage("PUT", first.client_id, first.registration_access_token, {
          client_id: first.client_id,
        });
      const expectRefused = async () => {
        await expectInvalidToken(get());
        await expectInvalidToken(put());
      };
      const past = "2020-01-01T00:00:00Z";
      await updateClient(server.operator, { clientId: first.client_id, expiresAt: past });
      await expectRefused();
      await expectInvalidToken(manage("DELETE", first.client_id, first.registration_access_token));
      await updateClient(server.operator, { clientId: first.client_id, expiresAt: null });
      expect((await put()).status).toBe(200);
      for (const change of [{ status: "INACTIVE" }, { expiresAt: past }]) {
        await updateClient(server.operator, { clientId, ...change });
        await expectRefused();
        await updateClient(server.operator, { clientId, status: "ACTIVE", expiresAt: null });
        expect((await get()).status).toBe(200);
      }
      await updateClient(server.operator, { clientId, status: "INACTIVE" });
      const deletion = manage("DELETE", second.client_id, second.registration_access_token);
      expect((await deletion).status).toBe(204);
      await server.operator.request(DELETE_CLIENT, { input: { clientId } });
      await expectRefused();
      expect(await getClient(server.operator, third.client_id)).not.toBeNull();
    });
  });

  describe("by a client of an imported registrar", () => {
    const clientId = "partner";
    const importRegistrar = async (scopes: string[]) => {
      const clientSecret = "a secret that the partner has chosen";
      await importClient(server.operator, { clientId, clientSecret, scopes });
      return { clientId, clientSecret };
    };
    const put = ({ client_id, registration_access_token }: OAuthAnswer["body"], scope: string) =>
      manage("PUT", client_id, registration_access_token, { client_id, scope });
    const deleteRegistrar = () => server.operator.request(DELETE_CLIENT, { input: { clientId } });

    test("ends for ever when the registrar is deleted, also if another one gets its id", async () => {
      const partner = await importRegistrar(["read:users"]);
      await createGrant(server.operator, partner, management);
      const audience = management.identifier;
      const byPartner = await issueAccessToken(server, partner, { audience });
      const { body: client } = await register({ scope: "read:users" }, byPartner);
      expect((await put(client, "read:users")).status).toBe(200);
      await deleteRegistrar();
      await expectInvalidToken(put(client, "read:users"));
      await createGrant(server.operator, await importRegistrar(["write:money"]), management);
      for (const scope of ["write:money", "read:users", ""]) {
        await expectInvalidToken(put(client, scope));
      }
      expect((await getClient(server.operator, client.client_id))?.scopes).toEqual(["read:users"]);
      await deleteRegistrar();
    });

    test("adds no scopes after the registrar may not register clients any more", async () => {
      const partner = await importRegistrar(["read:users", "write:users"]);
      const { clientGrantId } = await createGrant(server.operator, partner, management);
      const audience = management.identifier;
      const byPartner = await issueAccessToken(server, partner, { audience });
      const { body: client } = await register({ scope: "read:users" }, byPartner);
      await server.operator.request(DELETE_GRANT, { input: { clientGrantId } });
      expect((await register({}, byPartner)).status).toBe(403);
      await expectInvalidMetadata(put(client, "read:users write:users"));
      for (const scope of ["read:users", ""]) expect((await put(client, scope)).status).toBe(200);
      await expectInvalidMetadata(put(client, "read:users"));
      await createGrant(server.operator, partner, management);
      expect((await put(client, "write:users")).status).toBe(200);
      await deleteRegistrar();
    });

    test("does not escape a deletion of the registrar at the same time", async () => {
      const partner = await importRegistrar(["read:users"]);
      await createGrant(server.operator, partner, management);
      const audience = management.identifier;
      const byPartner = await issueAccessToken(server, partner, { audience });
      const registrations = Array.from({ length: 5 }, () => register({}, byPartner));
      await deleteRegistrar();
      const answers = await Promise.all(registrations);
      await importRegistrar(["read:users"]);
      for (const { status, body } of answers) {
        expect([201, 401, 403]).toContain(status);
        if (status === 201) await expectInvalidToken(put(body, ""));
      }
      await deleteRegistrar();
    });
  });

  test("stores no registration token in plain text", async () => {
    const { registration_access_token } = await registered();
    const { dataSource } = server.services.unitOfWork.read;
    const rows = JSON.stringify(await dataSource.query("SELECT * FROM clients"));
    expect(rows).not.toContain(registration_access_token);
    expect(server.logs()).not.toContain(registration_access_token);
  });
});
