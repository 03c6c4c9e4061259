import { readFileSync } from "node:fs";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import { SigningKey } from "../../src/signing-keys/signing-key.entity.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

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
    expect([400, 405]).toContain(status);
    const { clients } = await server.operator.request("{ clients { totalCount } }");
    expect(clients.totalCount).toBe(0);
  });

  test("runs a query by GET only with a header that browsers cannot send without a preflight", async () => {
    const path = `/graphql?query=${encodeURIComponent("{ __typename }")}`;
    const plain = await http(path);
    expect([plain.status, codesOf(plain.body)]).toEqual([400, ["BAD_REQUEST"]]);
    const preflighted = await http(path, { headers: { "apollo-require-preflight": "true" } });
    expect(JSON.parse(preflighted.body)).toEqual({ data: { __typename: "Query" } });
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

  test("serves Apollo Sandbox to a browser", async () => {
    const { status, headers, body } = await http("/graphql", { headers: { accept: "text/html" } });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/html");
    expect(body).toContain("embeddable-sandbox");
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
      "Permission: `clients:write`.",
    );
  });

  test("reports that it is alive and ready", async () => {
    const alive = await http("/healthz");
    expect([alive.status, JSON.parse(alive.body)]).toEqual([200, { status: "ok" }]);
    const ready = await http("/readyz");
    expect([ready.status, JSON.parse(ready.body)]).toEqual([200, { status: "ready" }]);
  });

  test.each(["/", "/nothing", "/graphql/more", "/projects", "/%00", "/projects/%ff/x"])(
    "finds nothing at %s",
    async (path) => {
      const { status, body } = await http(path);
      expect([400, 404]).toContain(status);
      expect(codesOf(body)).toEqual(["BAD_REQUEST"]);
    },
  );

  test.each(["PUT", "DELETE", "PATCH"])("does not support the method %s", async (method) => {
    const { status } = await http("/graphql", { method, headers: JSON_BODY, body: "{}" });
    expect([404, 405]).toContain(status);
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
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(["INTERNAL_SERVER_ERROR"]);
    expect(body).toContain('"Internal server error"');
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
