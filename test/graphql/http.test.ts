import { readFileSync } from "node:fs";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import { SigningKey } from "../../src/signing-keys/signing-key.entity.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { waitUntil } from "../support/wait-until.js";

const PROBLEM = "application/problem+json; charset=utf-8";
const JSON_BODY = { "content-type": "application/json" };

describe("GraphQL over HTTP", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const http = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, init);
    const body = await response.text();
    return { status: response.status, headers: response.headers, body };
  };
  const post = (body: string, headers: Record<string, string> = JSON_BODY) =>
    http("/graphql", { method: "POST", headers, body });
  const codesOf = (body: string) =>
    (JSON.parse(body) as { errors: { extensions: { code: string } }[] }).errors.map(
      ({ extensions }) => extensions.code,
    );

  test("takes an empty operation name for none", async () => {
    const { status, body } = await post('{"query": "query A { __typename }", "operationName": ""}');
    expect([status, JSON.parse(body)]).toEqual([200, { data: { __typename: "Query" } }]);
  });

  test.each([
    ["JSON that is malformed", '{"query": "{ project ', "BAD_REQUEST"],
    ["a JSON list", '["query"]', "BAD_REQUEST"],
    ["JSON null", "null", "BAD_REQUEST"],
    ["no body", "", "BAD_REQUEST"],
    ["an empty object", "{}", "BAD_REQUEST"],
    ["a query that is a number", '{"query": 5}', "BAD_REQUEST"],
    ["variables that are text", '{"query": "{ x }", "variables": "{}"}', "BAD_REQUEST"],
    ["a prototype in the body", '{"query": "{ x }", "__proto__": {"a": 1}}', "BAD_REQUEST"],
    ["a batch", '[{"query": "{ __typename }"}]', "BAD_REQUEST"],
    ["a syntax error", '{"query": "{ project "}', "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", '{"query": "{ nothing }"}', "GRAPHQL_VALIDATION_FAILED"],
    [
      "an unknown operation name",
      '{"query": "query A { __typename }", "operationName": "B"}',
      "OPERATION_RESOLUTION_FAILURE",
    ],
    [
      "an unknown persisted query",
      `{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "${"a".repeat(64)}"}}}`,
      "PERSISTED_QUERY_NOT_SUPPORTED",
    ],
  ])("answers %s with one error", async (_what, body, code) => {
    const answer = await post(body);
    expect(codesOf(answer.body)).toEqual([code]);
    expect(answer.status).toBe(code === "PERSISTED_QUERY_NOT_SUPPORTED" ? 200 : 400);
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ["the variables", '{"query": "{ __typename }", "variables": {"a": {"x": 1, "x": 1}}}'],
    ["the body", '{"query": "{ __typename }", "query": "{ x }"}'],
  ])("refuses a name that %s have twice, which would silently be the last one", async (_, body) => {
    const answer = await post(body);
    expect([answer.status, codesOf(answer.body)]).toEqual([400, ["BAD_USER_INPUT"]]);
    expect(answer.body).toContain("JSON must not have two members of the same name in one object");
  });

  test("answers a body above 512 KiB with 413", async () => {
    const { status, body } = await post(JSON.stringify({ query: "x".repeat(512 * 1024) }));
    expect([status, codesOf(body)]).toEqual([413, ["BAD_REQUEST"]]);
  });

  test("does not run a query of another content type", async () => {
    const query = JSON.stringify({ query: "{ __typename }" });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const { status, body } = await post(query, { "content-type": type });
      expect([400, 415]).toContain(status);
      expect(body).not.toContain('"data"');
    }
  });

  test("does not run mutations by GET", async () => {
    const query = encodeURIComponent(
      "mutation { createClient(input: { scopes: [] }) { clientSecret } }",
    );
    const { status } = await http(`/graphql?query=${query}`, {
      headers: {
        ...JSON_BODY,
        authorization: basicAuthorization(server.projectId, server.managementSecret),
      },
    });
    expect(status).toBe(405);
    const { clients } = await server.operator.request("{ clients { totalCount } }");
    expect(clients.totalCount).toBe(0);
  });

  test.each<Record<string, string>>([
    {},
    { accept: "application/json" },
    { accept: "application/graphql-response+json, application/graphql+json, application/json" },
    { "apollo-require-preflight": "true" },
    { accept: "*/*", ...JSON_BODY },
  ])("refuses queries by GET, and says what to change in urql: %j", async (headers) => {
    for (const path of [`/graphql?query=${encodeURIComponent("{ __typename }")}`, "/graphql"]) {
      const refusal = await http(path, { headers });
      expect([refusal.status, refusal.headers.get("allow")]).toEqual([405, "POST"]);
      expect(codesOf(refusal.body)).toEqual(["BAD_REQUEST"]);
      expect(refusal.body).toContain("preferGetMethod: false");
      const head = await http(path, { method: "HEAD", headers });
      expect([head.status, head.headers.get("allow"), head.body]).toEqual([405, "POST", ""]);
    }
  });

  test("answers are not stored in caches", async () => {
    for (const query of ["{ __typename }", "{ nothing }", "{ project { name } }", "{"]) {
      const { headers } = await post(JSON.stringify({ query }));
      expect(headers.get("cache-control")).toBe("no-store");
    }
    const tooLong = await post("x".repeat(600_000));
    expect([tooLong.status, tooLong.headers.get("cache-control")]).toEqual([413, "no-store"]);
  });

  test.each([
    ["*/*", "application/json; charset=utf-8"],
    ["application/json", "application/json; charset=utf-8"],
    [
      "application/graphql-response+json, application/json;q=0.9",
      "application/graphql-response+json; charset=utf-8",
    ],
  ])("answers a request that accepts %s with the type %s", async (accept, type) => {
    const query = JSON.stringify({ query: "{ __typename }" });
    const { status, headers, body } = await post(query, { ...JSON_BODY, accept });
    expect([status, headers.get("content-type")]).toEqual([200, type]);
    expect(JSON.parse(body)).toEqual({ data: { __typename: "Query" } });
  });

  test("refuses a request that accepts no supported type", async () => {
    const query = JSON.stringify({ query: "{ __typename }" });
    const { status, body } = await post(query, { ...JSON_BODY, accept: "image/png" });
    expect([status, codesOf(body)]).toEqual([406, ["BAD_REQUEST"]]);
  });

  test.each([
    ["a space", "a b"],
    ["brackets", "<x>"],
  ])("answers a Host header with %s with 400", async (_what, host) => {
    const body = JSON.stringify({ query: "{ __typename }" });
    const { statusCode, answer } = await new Promise<{ statusCode?: number; answer: string }>(
      (resolve, reject) => {
        const headers = { ...JSON_BODY, host };
        const sent = request(`${server.url}/graphql`, { method: "POST", headers }, (response) => {
          text(response).then(
            (answer) => resolve({ statusCode: response.statusCode, answer }),
            reject,
          );
        });
        sent.once("error", reject).end(body);
      },
    );
    expect([statusCode, codesOf(answer)]).toEqual([400, ["BAD_REQUEST"]]);
  });

  test("sends no CORS header for an unknown origin", async () => {
    const { headers } = await post(JSON.stringify({ query: "{ __typename }" }), {
      ...JSON_BODY,
      origin: "https://evil.example",
    });
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  test("serves the explorer to a browser", async () => {
    const { status, headers, body } = await http("/graphql", { headers: { accept: "text/html" } });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/html");
    expect(body).toContain("<title>Countersign</title>");
    expect(body).not.toContain(server.managementSecret);
  });

  test("serves the committed schema", async () => {
    const { status, headers, body } = await http("/schema.graphql");
    expect([status, headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
    expect(body).toBe(readFileSync("schema.graphql", "utf8"));
  });

  test("answers the standard introspection query with descriptions", async () => {
    const data = await server.anonymous.request(
      getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true }),
    );
    const schema = buildClientSchema(data as IntrospectionQuery);
    expect(schema.getMutationType()?.getFields()["createClient"]?.description).toContain(
      "Permission: `clients:write`, or `own_clients:write`",
    );
  });

  test("reports that it is alive and ready", async () => {
    const alive = await http("/healthz");
    expect([alive.status, JSON.parse(alive.body)]).toEqual([200, { status: "ok" }]);
    const ready = await http("/readyz");
    expect([ready.status, JSON.parse(ready.body)]).toEqual([200, { status: "ready" }]);
  });

  test.each(["/nothing", "/graphql/more", "/projects", "/%00", "/v1/m2m/clients"])(
    "finds nothing at %s",
    async (path) => {
      for (const method of ["GET", "POST", "DELETE"]) {
        const { status, headers, body } = await http(path, { method });
        expect([status, headers.get("content-type")]).toEqual([404, PROBLEM]);
        expect(JSON.parse(body)).toEqual({
          type: "about:blank",
          title: "Not Found",
          status: 404,
          detail: "Not found",
          code: "NOT_FOUND",
        });
      }
    },
  );

  test("logs the path of what is not there, without query and credentials", async () => {
    const secret = "z9mX3QyT4uVwA7bC2dE5fG8hJ1kL6nP0";
    await http(`/projects/project_4fX0000000000000000000/oauth/tokens/${secret}?token=${secret}`);
    await waitUntil(() => server.logs().includes("/oauth/tokens/"));
    const line =
      server
        .logs()
        .split("\n")
        .find((text) => text.includes("/oauth/tokens/")) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      status: 404,
      path: "/projects/project_4fX0000000000000000000/oauth/tokens/…",
    });
    expect(server.logs()).not.toContain(secret);
  });

  test("refuses a path that is not decodable", async () => {
    const { status, headers } = await http("/projects/%ff/x");
    expect([status, headers.get("content-type")]).toEqual([400, PROBLEM]);
  });

  test.each([
    ["/", "GET, HEAD"],
    ["/graphql", "GET, HEAD, POST"],
    ["/schema.graphql", "GET, HEAD"],
    ["/healthz", "GET, HEAD"],
    ["/readyz", "GET, HEAD"],
    ["/oauth/token", "POST"],
    ["/oauth/introspect", "POST"],
    ["/oauth/revoke", "POST"],
    ["/oauth/verify", "GET, HEAD"],
    ["/projects/anything/oauth/verify", "GET, HEAD"],
    ["/oauth/register", "POST"],
    ["/oauth/register/anything", "DELETE, GET, HEAD, PUT"],
    ["/.well-known/jwks.json", "GET, HEAD"],
    ["/.well-known/openid-configuration", "GET, HEAD"],
    ["/.well-known/oauth-authorization-server/projects/anything", "GET, HEAD"],
    ["/projects/anything/oauth/token", "POST"],
    ["/v1/public/anything/oauth2/token", "POST"],
    ["/v1/sessions/jwks/anything", "GET, HEAD"],
    ["/v1/b2b/sessions/jwks/anything", "GET, HEAD"],
  ])("refuses at %s methods other than %s", async (path, allow) => {
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
      if (allow.split(", ").includes(method)) continue;
      // a body of any type, and none
      for (const init of method === "HEAD" || method === "GET" ? [{}] : [{ body: "<x/>" }, {}]) {
        const { status, headers } = await http(path, { method, ...init });
        expect([method, status, headers.get("allow")]).toEqual([method, 405, allow]);
      }
    }
    const options = await http(path, { method: "OPTIONS" });
    // Gateways let in what is answered by 2xx.
    const status = path.endsWith("/oauth/verify") ? 405 : 204;
    expect([options.status, options.headers.get("allow")]).toEqual([status, allow]);
    if (status === 204) expect(options.body).toBe("");
  });

  test("describes a wrong method in the error format of the path", async () => {
    const health = await http("/healthz", { method: "POST" });
    expect(health.headers.get("content-type")).toBe(PROBLEM);
    expect(JSON.parse(health.body)).toMatchObject({ detail: "The method must be GET or HEAD" });
    expect(codesOf((await http("/graphql", { method: "PUT" })).body)).toEqual(["BAD_REQUEST"]);
    const token = await http("/oauth/token");
    expect(JSON.parse(token.body)).toEqual({
      error: "invalid_request",
      error_description: "The method must be POST",
    });
    expect(token.headers.get("cache-control")).toBe("no-store");
  });

  test.each([
    "/schema.graphql",
    "/.well-known/jwks.json",
    "/v1/sessions/jwks/PROJECT",
    "/v1/b2b/sessions/jwks/PROJECT",
    "/projects/PROJECT/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/projects/PROJECT/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/projects/PROJECT",
  ])("lets every page read %s, and caches ask whether it has changed", async (template) => {
    const path = template.replace("PROJECT", server.projectId);
    const document = await http(path, { headers: { origin: "https://any.example" } });
    expect([document.status, document.headers.get("access-control-allow-origin")]).toEqual([
      200,
      "*",
    ]);
    const entityTag = document.headers.get("etag") ?? "";
    expect(entityTag).toMatch(/^W\/"/);
    const unchanged = await http(path, { headers: { "if-none-match": entityTag } });
    expect([unchanged.status, unchanged.body]).toEqual([304, ""]);
    expect(unchanged.headers.get("etag")).toBe(entityTag);
    // RFC 9110 section 8.6: a cache would take the length for the document's.
    expect(unchanged.headers.get("content-length")).toBeNull();
    const head = await http(path, { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), head.body]).toEqual([200, entityTag, ""]);
    const preflight = await http(path, {
      method: "OPTIONS",
      headers: { origin: "https://any.example", "access-control-request-method": "GET" },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("*");
  });

  test.each([
    [undefined, "application/json"],
    ["*/*", "application/json"],
    ["text/html", "application/json"],
    ["application/json, application/jwk-set+json", "application/json"],
    ["application/jwk-set+json;q=0.5, application/json", "application/json"],
    ["application/jwk-set+json", "application/jwk-set+json"],
    ["application/jwk-set+json, application/json;q=0.9", "application/jwk-set+json"],
    ["application/jwk-set+json, */*;q=0.1", "application/jwk-set+json"],
  ])("sends keys to a client that accepts %s as %s", async (accept, type) => {
    for (const path of [
      "/.well-known/jwks.json",
      `/v1/sessions/jwks/${server.projectId}`,
      `/v1/b2b/sessions/jwks/${server.projectId}`,
    ]) {
      const { status, headers } = await http(path, { headers: { ...(accept && { accept }) } });
      expect([status, headers.get("content-type")]).toEqual([200, `${type}; charset=utf-8`]);
      expect(headers.get("vary")).toBe("Accept");
    }
  });

  describe("authentication", () => {
    const project = '{"query": "{ project { projectId } }"}';

    test.each([
      ["no header", undefined],
      ["an empty header", ""],
      ["garbage", "garbage"],
      ["Basic alone", "Basic"],
      ["Basic without base64", "Basic !!!"],
      ["Basic without a colon", `Basic ${Buffer.from("abc").toString("base64")}`],
      ["Basic without a user", basicAuthorization("", "secret")],
      ["Basic without a password", basicAuthorization("project", "")],
      ["a NUL", basicAuthorization("project\u0000", "secret\u0000")],
      [
        "bytes that are not UTF-8",
        `Basic ${Buffer.from([255, 254, 58, 0, 200]).toString("base64")}`,
      ],
      ["a very long header", basicAuthorization("p".repeat(4000), "s".repeat(4000))],
      ["a malformed Bearer token", "Bearer x.y.z"],
      ["an unknown scheme", "Digest username=x"],
    ])("is refused with %s", async (_what, authorization) => {
      const answer = await post(project, { ...JSON_BODY, ...(authorization && { authorization }) });
      expect(codesOf(answer.body)).toEqual(["UNAUTHENTICATED"]);
      expect(answer.status).toBe(200);
    });

    test("accepts the scheme in any case", async () => {
      const authorization = basicAuthorization(server.projectId, server.managementSecret);
      const answer = await post(project, {
        ...JSON_BODY,
        authorization: authorization.replace("Basic", "bASIC"),
      });
      expect(answer.body).toContain(server.projectId);
    });

    test("fails in the same way for an unknown project and a wrong secret", async () => {
      const unknown = await server
        .withKey("nobody", server.managementSecret)
        .send("{ project { name } }");
      const wrong = await server
        .withKey(server.projectId, "cmk_wrong")
        .send("{ project { name } }");
      expect(unknown.body).toBe(wrong.body);
    });
  });
});

describe("readiness", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const ready = async () => {
    const answer = await fetch(`${server.url}/readyz`);
    return [answer.status, await answer.json()];
  };

  test("fails while the database is unavailable, without details", async () => {
    const { dataSource } = server.services.unitOfWork.read;
    await dataSource.destroy();
    const alive = await fetch(`${server.url}/healthz`);
    const unready = await ready();
    const { errors, body } = await server.operator.send("{ project { name } }");
    await dataSource.initialize();
    expect(alive.status).toBe(200);
    expect(unready).toEqual([503, { status: "database unavailable" }]);
    // pg says that its pool has ended, better-sqlite3 throws a TypeError.
    expect(errors.map(({ extensions, message }) => [extensions.code, message])).toEqual([
      server.services.unitOfWork.read.dataSource.options.type === "postgres"
        ? ["SERVICE_UNAVAILABLE", "The database is unavailable, try again later"]
        : ["INTERNAL_SERVER_ERROR", "Internal server error"],
    ]);
    expect(body).not.toMatch(/pool|open/);
    expect(await ready()).toEqual([200, { status: "ready" }]);
  });

  test("requires a current signing key", async () => {
    const { unitOfWork } = server.services;
    const kids = await unitOfWork.read.findBy(SigningKey, { status: "CURRENT" });
    const set = (status: "CURRENT" | "REVOKED") =>
      unitOfWork.write(async (manager) => {
        for (const { kid } of kids) await manager.update(SigningKey, { kid }, { status });
      });
    await set("REVOKED");
    expect(await ready()).toEqual([503, { status: "signing key unavailable" }]);
    await set("CURRENT");
    expect(await ready()).toEqual([200, { status: "ready" }]);
  });
});
