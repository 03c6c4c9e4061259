import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClient, issueToken, tokenFailure, VERIFY_TOKEN } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  basicHeader,
  CREATE_GRANT,
  createApi,
  createGrant,
  GET_GRANT,
  post,
  requestToken,
  updateApi,
} from "./oauth-operations.js";

describe("a wildcard scope", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const verified = async (accessToken: string, options: object) =>
    (await server.anonymous.request(VERIFY_TOKEN, { input: { accessToken, ...options } }))
      .verifyToken.token.scopes;

  test("of a client lets it request what the wildcard covers, and the token has what it requested", async () => {
    const client = await createClient(server.operator, { scopes: ["read:*"] });
    const scopeOf = async (scope?: string) =>
      (await requestToken(server, client, scope === undefined ? {} : { scope })).body.scope;
    expect(await scopeOf()).toBe("read:*");
    expect(await scopeOf("read:users")).toBe("read:users");
    expect(await scopeOf("read:users read:books:own")).toBe("read:users read:books:own");
    expect(await scopeOf("read:*")).toBe("read:*");
    for (const scope of ["write:users", "read", "*", "read:users write:users"]) {
      const { status, body } = await requestToken(server, client, { scope });
      expect([status, body.error]).toEqual([400, "invalid_scope"]);
    }
    const narrow = await issueToken(server.anonymous, client, { scopes: ["read:users"] });
    expect(await verified(narrow.accessToken, { requiredScopes: ["read:users"] })).toEqual([
      "read:users",
    ]);
    const introspected = await post(
      server,
      `/projects/${server.projectId}/oauth/introspect`,
      { token: narrow.accessToken },
      basicHeader(client),
    );
    expect(introspected.body).toMatchObject({ active: true, scope: "read:users" });
  });

  test("is not given for one of the scopes that it covers", async () => {
    const client = await createClient(server.operator, { scopes: ["read:users"] });
    const failure = await tokenFailure(server.anonymous, client, { scopes: ["read:*"] });
    expect(failure.extensions).toEqual({ code: "INVALID_SCOPE", path: ["input", "scopes", 0] });
  });

  test("of an API may be granted in part, and a part is lost with it", async () => {
    const api = await createApi(server.operator, { scopes: [{ value: "read:*" }] });
    const client = await createClient(server.operator);
    const audience = api.identifier;
    const refused = await server.operator.failure(CREATE_GRANT, {
      input: { clientId: client.clientId, apiId: api.apiId, scopes: ["write:users"] },
    });
    expect(refused.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "scopes", 0] });
    const { clientGrantId } = await createGrant(server.operator, client, api, {
      scopes: ["read:users"],
    });
    const { accessToken, scope } = await issueToken(server.anonymous, client, { audience });
    expect(scope).toBe("read:users");
    expect(await verified(accessToken, { audience, requiredScopes: ["read:users"] })).toEqual([
      "read:users",
    ]);
    await updateApi(server.operator, { apiId: api.apiId, scopes: [{ value: "write:*" }] });
    expect((await issueToken(server.anonymous, client, { audience })).scope).toBe("");
    expect((await server.operator.request(GET_GRANT, { clientGrantId })).clientGrant).toBeTruthy();
  });

  test("covers no permission of this server", async () => {
    const client = await createClient(server.operator, { scopes: ["clients:*"] });
    expect((await requestToken(server, client)).body.scope).toBe("clients:*");
    const { body } = await requestToken(server, client, { scope: "clients:write" });
    expect(body.error).toBe("invalid_scope");
    const { accessToken } = await issueToken(server.anonymous, client);
    const failure = await server.anonymous.failure(VERIFY_TOKEN, {
      input: { accessToken, requiredScopes: ["clients:write"] },
    });
    expect(failure.extensions).toEqual({
      code: "INVALID_SCOPE",
      path: ["input", "requiredScopes", 0],
    });
    // Other names that begin alike are not this server's.
    expect((await requestToken(server, client, { scope: "clients:count" })).body.scope).toBe(
      "clients:count",
    );
  });
});
