import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import {
  type ClientView,
  type Credentials,
  createClient,
  importClient,
  tokenFailure,
  updateClient,
  updateProject,
} from "../support/operations.js";
import { verifyWithPublishedKeys } from "../support/published-keys.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import {
  type ApiView,
  basicHeader,
  createApi,
  createGrant,
  epoch,
  GRANT,
  issueAccessToken,
  issuerFor,
  post,
  postCredentials,
  postJson,
  requestToken,
  send,
  sendTo,
  tokenPath,
} from "./oauth-operations.js";

const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);

describe("the token endpoint", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let api: ApiView;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator, { scopes: ["read:users", "write:users"] });
    api = await createApi(server.operator, { identifier: "https://api.example.com" });
    await createGrant(server.operator, client, api, { scopes: ["read:invoices"] });
  });

  afterAll(async () => {
    await server.stop();
  });

  const verified = (token: string, audience: string) =>
    verifyWithPublishedKeys(server, token, { audience });

  describe("accepts", () => {
    test("a form with the secret in the body, and answers as in RFC 6749 section 5.1", async () => {
      const { status, body, headers } = await requestToken(server, client);
      expect(status).toBe(200);
      expect(body).toEqual({
        access_token: expect.any(String),
        token_type: "Bearer",
        expires_in: 3600,
        scope: "read:users write:users",
      });
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("pragma")).toBe("no-cache");
      expect(headers.get("content-type")).toContain("application/json");
      expect((await verified(body.access_token, server.projectId)).payload).toEqual({
        iss: issuerFor(server),
        sub: client.clientId,
        client_id: client.clientId,
        aud: [server.projectId],
        scope: "read:users write:users",
        iat: epoch(server),
        nbf: epoch(server),
        exp: epoch(server) + 3600,
        jti: UUID,
      });
    });

    test.each([
      ["JSON", async () => postJson(server, tokenPath(server), postCredentials(client))],
      [
        "JSON with a charset parameter",
        async () =>
          postJson(server, tokenPath(server), postCredentials(client), {
            "content-type": "application/json; charset=utf-8",
          }),
      ],
      [
        "JSON with nulls and unknown members",
        async () =>
          postJson(server, tokenPath(server), {
            ...postCredentials(client),
            audience: null,
            organization: "org",
            roles: ["ignored"],
          }),
      ],
      ["Basic", async () => post(server, tokenPath(server), GRANT, basicHeader(client))],
      [
        "Basic with the same id in the body",
        async () =>
          post(
            server,
            tokenPath(server),
            { ...GRANT, client_id: client.clientId },
            basicHeader(client),
          ),
      ],
      [
        "Basic in lower case",
        async () => {
          const authorization = basicHeader(client).authorization.replace("Basic", "basic");
          return post(server, tokenPath(server), GRANT, { authorization });
        },
      ],
      [
        "Basic with JSON",
        async () => postJson(server, tokenPath(server), GRANT, basicHeader(client)),
      ],
      [
        "Basic with an empty secret in the body",
        async () =>
          post(server, tokenPath(server), { ...GRANT, client_secret: "" }, basicHeader(client)),
      ],
    ])("%s", async (_what, request) => {
      const { status, body } = await request();
      expect(status).toBe(200);
      expect(decodeJwt(body.access_token).sub).toBe(client.clientId);
    });

    test("a form-encoded id and secret in Basic (RFC 6749 section 2.3.1)", async () => {
      const odd = { clientId: "old|a:b/c@d", clientSecret: "pa ss+wörd:100%&=?/ correct horse" };
      await importClient(server.operator, { ...odd, scopes: ["a"] });
      const form = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
      for (const encode of [form, encodeURIComponent]) {
        const pair = `${encode(odd.clientId)}:${encode(odd.clientSecret)}`;
        const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
        expect((await post(server, tokenPath(server), GRANT, { authorization })).status).toBe(200);
      }
    });

    test("only the configured method of a client that has one", async () => {
      const limited = await createClient(server.operator, {
        tokenEndpointAuthMethod: "CLIENT_SECRET_BASIC",
      });
      const byBasic = () => post(server, tokenPath(server), GRANT, basicHeader(limited));
      const statuses = async () => [
        (await byBasic()).status,
        (await requestToken(server, limited)).status,
      ];
      expect(await statuses()).toEqual([200, 401]);
      const { clientId } = limited;
      const tokenEndpointAuthMethod = "CLIENT_SECRET_POST";
      await updateClient(server.operator, { clientId, tokenEndpointAuthMethod });
      expect(await statuses()).toEqual([401, 200]);
      await updateClient(server.operator, { clientId, tokenEndpointAuthMethod: null });
      expect(await statuses()).toEqual([200, 200]);
    });
  });

  describe("grants", () => {
    const scopeOf = async (parameters: Record<string, string>) => {
      const { body } = await requestToken(server, client, parameters);
      expect(decodeJwt(body.access_token)["scope"]).toBe(body.scope);
      return body.scope;
    };

    test.each([
      ["all scopes if none is requested", {}, "read:users write:users"],
      // RFC 6749 section 3.2: a parameter without a value counts as omitted.
      ["all scopes if the parameter is empty", { scope: "" }, "read:users write:users"],
      ["a requested subset", { scope: "write:users" }, "write:users"],
      [
        "all scopes in the order of the request",
        { scope: "write:users read:users" },
        "write:users read:users",
      ],
      ["a repeated scope once", { scope: " read:users  read:users " }, "read:users"],
    ])("%s", async (_what, parameters, scope) => {
      expect(await scopeOf(parameters as Record<string, string>)).toBe(scope);
    });

    test("the scopes of the client's grant for an API", async () => {
      expect(await scopeOf({ audience: api.identifier })).toBe("read:invoices");
    });

    test("more than a hundred scopes of an API", async () => {
      const scopes = Array.from({ length: 1000 }, (_, index) => ({ value: `scope:${index}` }));
      const big = await createApi(server.operator, { scopes });
      const all = scopes.map(({ value }) => value);
      await createGrant(server.operator, client, big, { scopes: all });
      const audience = big.identifier;
      expect(await scopeOf({ audience })).toBe(all.join(" "));
      expect(await scopeOf({ audience, scope: all.join(" ") })).toBe(all.join(" "));
    });

    test("no scopes to a client without scopes", async () => {
      const unscoped = await createClient(server.operator, { scopes: [] });
      expect((await requestToken(server, unscoped)).body.scope).toBe("");
      for (const tokenProfile of ["RFC9068", "AUTH0"]) {
        const api = await createApi(server.operator, { tokenProfile });
        await createGrant(server.operator, unscoped, api, { scopes: [] });
        const { body } = await requestToken(server, unscoped, { audience: api.identifier });
        expect(body).not.toHaveProperty("scope");
        expect(decodeJwt(body.access_token)).not.toHaveProperty("scope");
      }
    });

    test("only requested scopes if the API requires the parameter", async () => {
      const strict = await createApi(server.operator, { allowOmittedScope: false });
      await createGrant(server.operator, client, strict);
      const audience = strict.identifier;
      for (const scope of ["", undefined]) {
        const answer = await requestToken(server, client, {
          audience,
          ...(scope === "" && { scope }),
        });
        expect(answer.body.error).toBe("invalid_scope");
      }
      expect(await scopeOf({ audience, scope: "read:invoices" })).toBe("read:invoices");
    });
  });

  describe("determines the audience", () => {
    test.each([
      ["by audience", (identifier: string) => ({ audience: identifier })],
      ["by resource (RFC 8707)", (identifier: string) => ({ resource: identifier })],
      ["by both", (identifier: string) => ({ audience: identifier, resource: identifier })],
      [
        "by audience with an empty resource",
        (identifier: string) => ({ audience: identifier, resource: "" }),
      ],
    ])("%s", async (_how, parameters) => {
      const token = await issueAccessToken(server, client, parameters(api.identifier));
      await verified(token, api.identifier);
    });

    test("as the project if none is requested or if its id is", async () => {
      const { projectId } = server;
      const requests: Record<string, string>[] = [
        {},
        { audience: projectId },
        { resource: projectId },
      ];
      for (const parameters of requests) {
        await verified(await issueAccessToken(server, client, parameters), server.projectId);
      }
    });

    test("as the project's default audience if there is one", async () => {
      await updateProject(server.operator, { defaultAudience: api.identifier });
      await verified(await issueAccessToken(server, client), api.identifier);
      const audience = server.projectId;
      await verified(await issueAccessToken(server, client, { audience }), audience);
      await updateProject(server.operator, { defaultAudience: null });
      await verified(await issueAccessToken(server, client), server.projectId);
    });

    test("within its own project only", async () => {
      const other = await server.otherProject();
      const foreignApi = await createApi(other.operator, { identifier: api.identifier });
      const foreignClient = await createClient(other.operator);
      await createGrant(other.operator, foreignClient, foreignApi);
      const path = `/projects/${other.projectId}/oauth/token`;
      const ask = (as: Credentials) =>
        post(server, path, { ...postCredentials(as), audience: api.identifier });
      const { body } = await ask(foreignClient);
      expect(body.scope).toBe("read:invoices write:invoices");
      expect(decodeJwt(body.access_token).iss).toBe(`${PUBLIC_URL}/projects/${other.projectId}`);
      expect((await ask(client)).status).toBe(401);
      expect((await requestToken(server, foreignClient)).status).toBe(401);
    });
  });

  describe("is also served at", () => {
    const at = (path: string, headers = {}) => post(server, path, postCredentials(client), headers);
    const stytch = () => `/v1/public/${server.projectId}/oauth2/token`;
    const projectBasic = (secret = server.managementSecret) =>
      basicHeader({ clientId: server.projectId, clientSecret: secret });

    test("/oauth/token for the default project", async () => {
      const { body } = await at("/oauth/token");
      expect(decodeJwt(body.access_token).iss).toBe(issuerFor(server));
    });

    test("/oauth/token of a custom issuer, by the Host header", async () => {
      const other = await server.otherProject();
      await updateProject(other.operator, { issuer: "https://auth.example.org/" });
      const foreignClient = await createClient(other.operator);
      const { projectId } = other;
      for (const host of ["auth.example.org", "AUTH.example.org", "auth.example.org:443"]) {
        const answer = await sendTo(server, host, "/oauth/token", postCredentials(foreignClient));
        expect(answer.status).toBe(200);
        expect(decodeJwt(answer.body.access_token)).toMatchObject({
          iss: "https://auth.example.org/",
          aud: [projectId],
        });
      }
      const byPath = await post(
        server,
        `/projects/${projectId}/oauth/token`,
        postCredentials(foreignClient),
      );
      expect(decodeJwt(byPath.body.access_token).iss).toBe("https://auth.example.org/");
      for (const host of ["auth.example.org:8443", "evil.auth.example.org", "auth.example.or"]) {
        const answer = await sendTo(server, host, "/oauth/token", postCredentials(foreignClient));
        expect(answer.status).toBe(401);
      }
    });

    test("Stytch's path, also with the project's Basic header beside the client's credentials", async () => {
      expect((await at(stytch())).status).toBe(200);
      for (const headers of [projectBasic(), projectBasic("whatever")]) {
        const answer = await at(stytch(), headers);
        expect(answer.status).toBe(200);
        expect(decodeJwt(answer.body.access_token).sub).toBe(client.clientId);
        const json = await postJson(server, stytch(), postCredentials(client), headers);
        expect(json.status).toBe(200);
      }
      expect((await post(server, stytch(), GRANT, basicHeader(client))).status).toBe(200);
    });

    test("Stytch's path only for the project's header, which does not replace the client's credentials", async () => {
      expect((await at(tokenPath(server), projectBasic())).body.error).toBe("invalid_request");
      expect((await at("/oauth/token", projectBasic())).body.error).toBe("invalid_request");
      const otherClient = await createClient(server.operator);
      expect((await at(stytch(), basicHeader(otherClient))).body.error).toBe("invalid_request");
      expect((await post(server, stytch(), GRANT, projectBasic())).body.error).toBe(
        "invalid_client",
      );
      const other = await server.otherProject();
      const otherPath = `/v1/public/${other.projectId}/oauth2/token`;
      expect((await at(otherPath)).body.error).toBe("invalid_client");
    });

    test.each([
      "/projects/project_unknown/oauth/token",
      "/projects/%00/oauth/token",
      "/v1/public/project_unknown/oauth2/token",
    ])("existing projects only, not at %s", async (path) => {
      const { status, body } = await at(path);
      expect(status).toBe(404);
      expect(body).toMatchObject({
        error: "invalid_request",
        error_description: "No such project",
      });
    });
  });

  describe("limits wrong secrets", () => {
    test("by client and address, with the time to wait, and still accepts the right secret", async () => {
      const attacked = await createClient(server.operator);
      const guess = () => requestToken(server, { ...attacked, clientSecret: "wrong" });
      for (let attempt = 0; attempt < 10; attempt++) expect((await guess()).status).toBe(401);
      const { status, headers, body } = await guess();
      expect(status).toBe(429);
      expect(headers.get("retry-after")).toBe("60");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(body).toEqual({
        error: "temporarily_unavailable",
        error_description: "Too many failed attempts, try again later",
      });
      expect((await requestToken(server, attacked)).status).toBe(200);
      expect((await requestToken(server, client)).status).toBe(200);
      // Wrong secrets by GraphQL count against the same limit.
      const failure = await tokenFailure(server.anonymous, { ...attacked, clientSecret: "wrong" });
      expect(failure.extensions.code).toBe("RATE_LIMITED");
      server.clock.advance(60);
      expect((await guess()).status).toBe(401);
    });
  });

  test("is not served at its path with a trailing slash or in upper case", async () => {
    for (const path of [`${tokenPath(server)}/`, tokenPath(server).toUpperCase()]) {
      expect((await send(server, path, { method: "POST" })).status).toBe(404);
    }
  });

  test("answers concurrent clients with a token of their own", async () => {
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => createClient(server.operator)),
    );
    const tokens = await Promise.all(
      [...clients, ...clients].map((each) => issueAccessToken(server, each)),
    );
    const subjects = tokens.map((token) => decodeJwt(token).sub);
    expect(subjects).toEqual([...clients, ...clients].map(({ clientId }) => clientId));
    expect(new Set(tokens.map((token) => decodeJwt(token).jti)).size).toBe(20);
  });
});
