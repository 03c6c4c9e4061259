import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import {
  createClient,
  ISSUE_TOKEN,
  importClient,
  issueToken,
  tokenFailure,
  updateClient,
  updateProject,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { verifyWithPublishedKeys } from "../support/published-keys.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";

describe("issueToken", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const epoch = () => server.clock.now().getTime() / 1000;
  const failure = (input: object) => server.anonymous.failure(ISSUE_TOKEN, { input });

  const verified = (accessToken: string) =>
    verifyWithPublishedKeys(server, accessToken, { algorithms: ["RS256"], typ: "JWT" });

  test("signs exactly the documented claims", async () => {
    const client = await createClient(server.operator, { name: "Billing" });
    const token = await issueToken(server.anonymous, client);
    expect(token).toEqual({
      accessToken: expect.any(String),
      tokenType: "Bearer",
      expiresIn: 3600,
      scope: "read:users write:users",
    });
    const { payload, protectedHeader } = await verified(token.accessToken);
    expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT", kid: expect.any(String) });
    expect(payload).toEqual({
      iss: `${PUBLIC_URL}/projects/${server.projectId}`,
      sub: client.clientId,
      client_id: client.clientId,
      aud: [server.projectId],
      scope: "read:users write:users",
      iat: epoch(),
      nbf: epoch(),
      exp: epoch() + 3600,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("gives each token a unique id", async () => {
    const client = await createClient(server.operator);
    const ids = await Promise.all(
      Array.from({ length: 10 }, async () =>
        decodeJwt((await issueToken(server.anonymous, client)).accessToken),
      ),
    );
    expect(new Set(ids.map(({ jti }) => jti)).size).toBe(10);
  });

  test("requires no management key and ignores one", async () => {
    const client = await createClient(server.operator);
    for (const caller of [server.anonymous, server.operator, server.withKey("nobody", "nothing")]) {
      await issueToken(caller, client);
    }
  });

  test("grants the requested scopes in the requested order", async () => {
    const client = await createClient(server.operator, { scopes: ["a", "b", "c"] });
    const scopeFor = async (scopes: string[] | null) =>
      (await issueToken(server.anonymous, client, { scopes })).scope;
    expect(await scopeFor(["c", "a"])).toBe("c a");
    expect(await scopeFor(["b", "b"])).toBe("b");
    expect(await scopeFor(null)).toBe("a b c");
    expect(await scopeFor([])).toBe("");
  });

  test("always returns a scope string, which may be empty", async () => {
    const client = await createClient(server.operator, { scopes: [] });
    const { accessToken, scope } = await issueToken(server.anonymous, client);
    expect([scope, decodeJwt(accessToken)["scope"]]).toEqual(["", ""]);
  });

  test("refuses a scope that the client does not have, and names its position", async () => {
    const client = await createClient(server.operator, { scopes: ["read:users"] });
    for (const [scopes, at] of [
      [["read:users", "admin"], 1],
      [["read:*"], 0],
      [["READ:users"], 0],
    ] as const) {
      const { extensions } = await tokenFailure(server.anonymous, client, { scopes });
      expect(extensions).toEqual({ code: "INVALID_SCOPE", path: ["input", "scopes", at] });
    }
  });

  test("accepts only the project as audience of a client without grants", async () => {
    const client = await createClient(server.operator);
    const { accessToken } = await issueToken(server.anonymous, client, {
      audience: server.projectId,
    });
    expect(decodeJwt(accessToken).aud).toEqual([server.projectId]);
    const { extensions } = await tokenFailure(server.anonymous, client, {
      audience: "https://api.example.com",
    });
    expect(extensions).toEqual({ code: "INVALID_TARGET", path: ["input", "audience"] });
  });

  test("finds the client in the named project, or in the default one", async () => {
    const other = await server.otherProject();
    const client = await createClient(other.operator);
    const { projectId } = other;
    const { accessToken } = await issueToken(server.anonymous, client, { projectId });
    expect(decodeJwt(accessToken)).toMatchObject({
      iss: `${PUBLIC_URL}/projects/${projectId}`,
      aud: [projectId],
    });
    for (const wrong of [{}, { projectId: server.projectId }, { projectId: "project_nobody" }]) {
      const { extensions } = await tokenFailure(server.anonymous, client, wrong);
      expect(extensions.code).toBe("INVALID_CLIENT");
    }
  });

  test("answers every failed authentication with the same body", async () => {
    const client = await createClient(server.operator);
    const inactive = await createClient(server.operator);
    await updateClient(server.operator, { clientId: inactive.clientId, status: "INACTIVE" });
    const expired = await createClient(server.operator, {
      expiresAt: new Date(server.clock.now().getTime() + 1000).toISOString(),
    });
    server.clock.advance(1);
    const clientSecret = "correct horse battery staple";
    const { clientId: imported } = await importClient(server.operator, {
      clientId: "imported",
      clientSecret,
    });
    const bodies = new Set<string>();
    for (const input of [
      { clientId: "client_aaaaaaaaaaaaaaaaaaaaaa", clientSecret: client.clientSecret },
      { clientId: "nobody", clientSecret: client.clientSecret },
      { clientId: client.clientId, clientSecret: inactive.clientSecret },
      { clientId: client.clientId, clientSecret: `${client.clientSecret.slice(0, -1)}!` },
      { clientId: client.clientId, clientSecret: "short" },
      { clientId: inactive.clientId, clientSecret: inactive.clientSecret },
      { clientId: inactive.clientId, clientSecret: "wrong" },
      { clientId: expired.clientId, clientSecret: expired.clientSecret },
      { clientId: imported, clientSecret: "wrong" },
      { ...client, projectId: "project_nobody" },
      { ...client, projectId: "nul\u0000".slice(0, 3) },
      { ...client, scopes: ["not:had"], clientSecret: "wrong" },
      { ...client, audience: "https://elsewhere.example", clientSecret: "wrong" },
    ]) {
      const { clientId, clientSecret, ...options } = input as typeof input & object;
      const { projectId, scopes, audience } = options as Record<string, unknown>;
      const answer = await server.anonymous.send(ISSUE_TOKEN, {
        input: { clientId, clientSecret, projectId, scopes, audience },
      });
      expect(answer.status).toBe(200);
      bodies.add(answer.body);
    }
    expect([...bodies]).toHaveLength(1);
    expect([...bodies][0]).toContain("INVALID_CLIENT");
  });

  test.each([
    ["an empty id", { clientId: "" }, ["clientId"]],
    ["an id with a NUL", { clientId: "a\u0000" }, ["clientId"]],
    ["an id of 1025 characters", { clientId: "x".repeat(1025) }, ["clientId"]],
    ["an empty secret", { clientSecret: "" }, ["clientSecret"]],
    ["a secret of 1025 characters", { clientSecret: "x".repeat(1025) }, ["clientSecret"]],
    ["a project with a NUL", { projectId: "\u0000" }, ["projectId"]],
    ["an audience with a NUL", { audience: "\u0000" }, ["audience"]],
    ["an empty scope", { scopes: ["a", ""] }, ["scopes", 1]],
    ["a scope with a space", { scopes: ["a b"] }, ["scopes", 0]],
  ])("refuses %s as a bad input", async (_what, change, path) => {
    const { extensions } = await failure({ clientId: "x", clientSecret: "y", ...change });
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", ...path] });
  });

  test("uses the client's lifetime, or the project's if the client has none", async () => {
    const client = await createClient(server.operator, { accessTokenLifetimeSeconds: 900 });
    const plain = await createClient(server.operator);
    await updateProject(server.operator, { accessTokenLifetimeSeconds: 600 });
    expect((await issueToken(server.anonymous, plain)).expiresIn).toBe(600);
    expect((await issueToken(server.anonymous, client)).expiresIn).toBe(900);
    await updateProject(server.operator, { accessTokenLifetimeSeconds: 3600 });
    const { accessToken, expiresIn } = await issueToken(server.anonymous, client);
    expect(expiresIn).toBe(900);
    expect(decodeJwt(accessToken).exp).toBe(epoch() + 900);
  });

  test("does not limit requests with the right secret", async () => {
    const client = await createClient(server.operator);
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 20 }, () => issueToken(server.anonymous, client)));
    }
  });

  describe("with a claims template", () => {
    const templated = async (claimsTemplate: string, client: Parameters<typeof issueToken>[1]) => {
      await updateProject(server.operator, { claimsTemplate });
      const { payload } = await verified((await issueToken(server.anonymous, client)).accessToken);
      const standard = "iss sub client_id aud scope iat nbf exp jti".split(" ");
      return Object.fromEntries(Object.entries(payload).filter(([key]) => !standard.includes(key)));
    };

    test("adds values of every JSON type and omits missing ones", async () => {
      const client = await createClient(server.operator, {
        name: 'Quote " and \\ backslash',
        trustedMetadata: {
          user_id: "user-1",
          nested: { deep: { list: [1, "two", null] }, off: false },
          nothing: { inner: null },
        },
      });
      const claims = await templated(
        `{
          "https://example.com/user": {{ client.trusted_metadata.user_id }},
          "name": {{client.name}},
          "where": { "list": {{ client.trusted_metadata.nested.deep.list }}, "off": {{ client.trusted_metadata.nested.off }} },
          "all": [ {{ client.client_id }}, {{ client.trusted_metadata.missing }}, {{ project.project_id }} ],
          "missing": {{ client.trusted_metadata.missing }},
          "deeper": { "missing": {{ client.trusted_metadata.user_id.further }} },
          "null": {{ client.trusted_metadata.nothing.inner }},
          "inherited": {{ client.trusted_metadata.constructor }},
          "text": "{{ client.name }} is put into text",
          "fixed": [1, true, null, "x"]
        }`,
        client,
      );
      expect(claims).toEqual({
        "https://example.com/user": "user-1",
        name: 'Quote " and \\ backslash',
        where: { list: [1, "two", null], off: false },
        all: [client.clientId, server.projectId],
        deeper: {},
        text: 'Quote " and \\ backslash is put into text',
        fixed: [1, true, null, "x"],
      });
    });

    test("adds permissions from metadata, unless the API has its own", async () => {
      const client = await createClient(server.operator, {
        trustedMetadata: { may: ["delete:all"] },
      });
      const template = '{ "permissions": {{ client.trusted_metadata.may }}, "roles": ["machine"] }';
      const expected = { permissions: ["delete:all"], roles: ["machine"] };
      expect(await templated(template, client)).toEqual(expected);
      const { accessToken } = await issueToken(server.anonymous, client);
      const { verifyToken } = await server.anonymous.request(VERIFY_TOKEN, {
        input: { accessToken },
      });
      expect(verifyToken.token.customClaims).toEqual(expected);
      const api = await createApi(server.operator, {
        tokenProfile: "AUTH0",
        permissionsClaim: true,
      });
      await createGrant(server.operator, client, api);
      const { identifier: audience } = api;
      const ofApi = decodeJwt(
        (await issueToken(server.anonymous, client, { audience })).accessToken,
      );
      expect(ofApi["permissions"]).toEqual(["read:invoices", "write:invoices"]);
      expect(ofApi["roles"]).toEqual(["machine"]);
    });

    test("uses the client's current metadata for each token", async () => {
      const client = await createClient(server.operator, { trustedMetadata: { tier: "gold" } });
      const template = '{ "tier": {{ client.trusted_metadata.tier }} }';
      expect(await templated(template, client)).toEqual({ tier: "gold" });
      const { clientId } = client;
      await updateClient(server.operator, { clientId, trustedMetadata: { tier: null } });
      expect(await templated(template, client)).toEqual({});
    });

    test("nests metadata, so that it cannot set a registered claim", async () => {
      const client = await createClient(server.operator, {
        trustedMetadata: { sub: "admin", all: { iss: "evil", sub: "admin" } },
      });
      const claims = await templated('{ "data": {{ client.trusted_metadata }} }', client);
      expect(claims).toEqual({
        data: { sub: "admin", all: { iss: "evil", sub: "admin" } },
      });
    });

    test("refuses to issue a token with more than 4 KB of claims", async () => {
      const client = await createClient(server.operator, {
        trustedMetadata: { big: "x".repeat(2100) },
      });
      const big = "{{ client.trusted_metadata.big }}";
      await updateProject(server.operator, { claimsTemplate: `{ "a": ${big}, "b": ${big} }` });
      const { message, extensions } = await tokenFailure(server.anonymous, client);
      expect(extensions.code).toBe("BAD_USER_INPUT");
      expect(message).toContain("4096 bytes");
    });

    test("adds nothing after the template is cleared", async () => {
      const client = await createClient(server.operator, { name: "Plain" });
      expect(await templated('{ "name": {{ client.name }} }', client)).toEqual({ name: "Plain" });
      await updateProject(server.operator, { claimsTemplate: null });
      const { payload } = await verified((await issueToken(server.anonymous, client)).accessToken);
      expect(payload).not.toHaveProperty("name");
    });
  });
});
