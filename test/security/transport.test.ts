import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { postJson, sendTo, tokenPath } from "../oauth/oauth-operations.js";
import { createClient, IMPORT_CLIENT, UPDATE_PROJECT } from "../support/operations.js";
import { exchange, requestBytes } from "../support/raw-http.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const CREATE = `mutation ($input: CreateClientInput!) { createClient(input: $input) { client { clientId } } }`;
const nested = (depth: number) => '{"a":'.repeat(depth) + "1".padEnd(depth + 1, "}");

describe("the transports", () => {
  let server: TestServer;
  let other: Awaited<ReturnType<TestServer["otherProject"]>>;

  beforeAll(async () => {
    server = await startTestServer();
    other = await server.otherProject();
    await other.operator.request(UPDATE_PROJECT, { input: { issuer: "https://other.example" } });
  });

  afterAll(async () => {
    await server.stop();
  });

  const post = (query: string, variables: string, authorization?: string) =>
    exchange(server.url, {
      bytes: requestBytes(
        "POST",
        "/graphql",
        [
          ["Host", "auth.example.test"],
          ["Content-Type", "application/json"],
          ...(authorization ? [["Authorization", authorization] as const] : []),
        ],
        `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      ),
    });
  const basic = () =>
    `Basic ${Buffer.from(`${server.projectId}:${server.managementSecret}`).toString("base64")}`;

  describe("refuse JSON that nests too deeply", () => {
    test.each([
      [
        "metadata of a client",
        "createClient",
        '{"scopes":[],"idempotencyKey":"a","trustedMetadata":DEEP}',
      ],
      [
        "claims of a session",
        "attestSession",
        '{"profileId":"a","token":"b","sessionCustomClaims":DEEP}',
      ],
      [
        "an imported client",
        "importClient",
        '{"clientId":"a","clientSecret":"b","trustedMetadata":DEEP}',
      ],
      [
        "a key of a client",
        "createClient",
        '{"scopes":[],"tokenEndpointAuthMethod":"PRIVATE_KEY_JWT","keys":{"publicKeys":[{"jwk":DEEP}]}}',
      ],
    ])("as %s", async (_what, operation, input) => {
      const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`;
      const query = `mutation ($input: ${type}!) { ${operation}(input: $input) { __typename } }`;
      for (const depth of [33, 63, 20_000, 60_000]) {
        const deep = input.replace("DEEP", nested(depth));
        const { status, body } = await post(query, `{"input":${deep}}`, basic());
        expect([depth, status, JSON.parse(body)]).toEqual([
          depth,
          400,
          {
            errors: [
              expect.objectContaining({
                extensions: expect.objectContaining({ code: "BAD_USER_INPUT" }),
              }),
            ],
          },
        ]);
      }
    });

    test("in the text of an operation", async () => {
      for (const depth of [33, 120, 4500, 4900, 60_000]) {
        const deep = `${"[".repeat(depth)}${"]".repeat(depth)}`;
        const input = `{ scopes: [], trustedMetadata: { a: ${deep} } }`;
        const { status, errors } = await server.operator.send(
          `mutation { createClient(input: ${input}) { clientSecret } }`,
        );
        expect([depth, status, errors.map(({ extensions }) => extensions.code)]).toEqual([
          depth,
          400,
          [depth < 64 ? "BAD_USER_INPUT" : "GRAPHQL_VALIDATION_FAILED"],
        ]);
      }
    });

    test.each([
      ["selections", "{a", "}"],
      ["lists", "{ a(a: [", "]) }"],
      ["objects", "{ a(a: {a:", "}) }"],
      ["types", "query ($a: [", "]) { a }"],
      ["anything, without an end", '{ "# {" """\\""" { """ # "\n {', ""],
    ])("and nests a document in %s", async (_what, open, close) => {
      const repeated = open.split(" ").at(-1) ?? "";
      for (const depth of [101, 3000, 60_000]) {
        const closing = close.replace(/^./, (bracket) => bracket.repeat(depth));
        const query = open.slice(0, -repeated.length) + repeated.repeat(depth) + closing;
        const { status, errors } = await server.anonymous.send(query);
        expect([status, errors]).toEqual([
          400,
          [
            {
              message: "The document must not nest deeper than 100 brackets",
              extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
            },
          ],
        ]);
      }
    });

    test("as a body of the OAuth endpoints", async () => {
      for (const [endpoint, error] of [
        ["token", "invalid_request"],
        ["introspect", "invalid_request"],
        ["revoke", "invalid_request"],
        ["register", "invalid_client_metadata"],
      ]) {
        const path = tokenPath(server).replace(/token$/, String(endpoint));
        const answer = await postJson(server, path, `{"jwks":${nested(60_000)}}`);
        expect([endpoint, answer.status, answer.body.error]).toEqual([endpoint, 400, error]);
      }
    });

    test("but take what is as deep as the limit", async () => {
      const variables = `{"input":{"scopes":[],"trustedMetadata":${nested(32)}}}`;
      expect(JSON.parse((await post(CREATE, variables, basic())).body).errors).toBeUndefined();
    });
  });

  test.each(["1e400", "-1e400"])(
    "refuse %s in metadata, which would become null",
    async (number) => {
      const variables = `{"input":{"scopes":[],"trustedMetadata":{"a":{"b":[${number}]}}}}`;
      const { body } = await post(CREATE, variables, basic());
      expect(JSON.parse(body).errors[0]).toMatchObject({
        message: expect.stringContaining("Numbers must be at most"),
        extensions: { code: "BAD_USER_INPUT" },
      });
    },
  );

  describe("read the host of a request in one way", () => {
    const keys = async (target: string, headers: [string, string][]) => {
      const { status, body } = await exchange(server.url, {
        bytes: requestBytes("GET", target, headers),
      });
      return { status, issuer: status === 200 ? JSON.parse(body).issuer : null };
    };
    const METADATA = "/.well-known/openid-configuration";
    const OTHER = { status: 200, issuer: "https://other.example" };

    test.each([
      "other.example",
      "OTHER.example",
      "other.example.",
      "other.example:443",
      "other.example.:443",
    ])("where the host is %s", async (host) => {
      expect(await keys(METADATA, [["Host", host]])).toEqual(OTHER);
    });

    test("from the target if that is absolute, whatever the Host header says", async () => {
      const ofFirst = await keys(METADATA, [["Host", "auth.example.test"]]);
      expect(ofFirst.status).toBe(200);
      expect(
        await keys(`http://other.example${METADATA}`, [["Host", "auth.example.test"]]),
      ).toEqual(OTHER);
      expect(
        await keys(`https://other.example${METADATA}`, [["Host", "auth.example.test"]]),
      ).toEqual(OTHER);
      expect(
        await keys(`http://auth.example.test${METADATA}`, [["Host", "other.example"]]),
      ).toEqual(ofFirst);
    });

    test.each<[string, string, [string, string][]]>([
      [
        "two Host headers",
        METADATA,
        [
          ["Host", "auth.example.test"],
          ["host", "other.example"],
        ],
      ],
      [
        "the same Host header twice",
        METADATA,
        [
          ["Host", "other.example"],
          ["Host", "other.example"],
        ],
      ],
      ["a list of hosts", METADATA, [["Host", "auth.example.test, other.example"]]],
      ["an empty Host header", METADATA, [["Host", ""]]],
      ["a user name in the host", METADATA, [["Host", "a@other.example"]]],
      ["a path in the host", METADATA, [["Host", "other.example/x"]]],
      ["an encoded host", METADATA, [["Host", "%6fther.example"]]],
      ["an open bracket in the host", METADATA, [["Host", "[::1"]]],
      [
        "a user name in the target",
        `http://a@other.example${METADATA}`,
        [["Host", "other.example"]],
      ],
      ["no host in the target", `http://${METADATA}`, [["Host", "other.example"]]],
    ])("and refuse %s", async (_what, target, headers) => {
      expect(await keys(target, headers)).toEqual({ status: 400, issuer: null });
      const path = target.replace(METADATA, "/oauth/token");
      const answer = await exchange(server.url, { bytes: requestBytes("POST", path, headers) });
      expect([answer.status, JSON.parse(answer.body).error]).toEqual([400, "invalid_request"]);
      const graphql = target.replace(METADATA, "/graphql");
      const refusal = await exchange(server.url, { bytes: requestBytes("POST", graphql, headers) });
      expect([refusal.status, JSON.parse(refusal.body).errors[0].extensions.code]).toEqual([
        400,
        "BAD_REQUEST",
      ]);
    });

    test("and let health checks come without one", async () => {
      const bytes = "GET /healthz HTTP/1.0\r\n\r\n";
      expect((await exchange(server.url, { bytes })).status).toBe(200);
    });
  });

  test.each([
    "https://auth.example.test",
    "https://auth.example.test/",
    "https://auth.example.test/path",
    "https://auth.example.test:8443",
    "https://auth.example.test:443",
    "https://AUTH.example.test",
    "https://auth.example.test.",
    "https://a@auth.example.test",
    "https://%61uth.example.test",
    "https://ａuth.example.test",
    "https://127.0.0.1",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://0x7f000001",
    "https://2130706433",
  ])("let no other project take the server's own host as %s", async (issuer) => {
    const { extensions } = await other.operator.failure(UPDATE_PROJECT, { input: { issuer } });
    expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", path: ["input", "issuer"] });
  });

  test("import no client under an id that a token has for something else", async () => {
    const member = `member_${"a".repeat(22)}`;
    for (const clientId of [server.projectId, member, "someone@clients"]) {
      const input = { clientId, clientSecret: "N4h8s-Kq2v7-Zp5x9-Wm3c6" };
      const { extensions } = await server.operator.failure(IMPORT_CLIENT, { input });
      expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", path: ["input", "clientId"] });
    }
  });

  test("forbid browsers to guess types, in every answer", async () => {
    await createClient(server.operator);
    for (const path of [
      "/graphql",
      "/nothing",
      "/%",
      "/schema.graphql",
      "/healthz",
      "/.well-known/jwks.json",
      "/oauth/token",
      "/",
    ]) {
      const { headers } = await sendTo(server, "auth.example.test", path);
      expect([path, headers.get("x-content-type-options")]).toEqual([path, "nosniff"]);
    }
  });

  describe("the explorer", () => {
    const browse = (path = "/graphql") =>
      fetch(server.url + path, { headers: { accept: "text/html" }, redirect: "manual" });

    const page = async () => {
      const { status, headers } = await browse();
      expect(status).toBe(200);
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
      });
      const directives = (headers.get("content-security-policy") ?? "").split("; ");
      return Object.fromEntries(
        directives.map((directive) => {
          const [name = "", ...values] = directive.split(" ");
          return [name, values.join(" ")];
        }),
      );
    };
    const SHARED_POLICY = {
      "default-src": "'none'",
      "connect-src": "'self'",
      "base-uri": "'none'",
      "form-action": "'none'",
      "frame-ancestors": "'none'",
    };

    test("is a page of this server's own files, which no other page can frame", async () => {
      expect(await page()).toEqual({
        ...SHARED_POLICY,
        "script-src": "'self'",
        "worker-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self'",
      });
    });

    test("takes no odd request for its files as a failure of its own", async () => {
      const folder = mkdtempSync(path.join(tmpdir(), "explorer-"));
      mkdirSync(path.join(folder, "files"));
      writeFileSync(path.join(folder, "files", "a.js"), "0123456789");
      writeFileSync(path.join(folder, "index.html"), "<html></html>");
      await server.restart({ explorer: "graphiql", explorerFolder: folder });
      const statusOf = async (name: string, headers: Record<string, string> = {}) =>
        (await fetch(`${server.url}/explorer/${name}`, { headers })).status;
      expect(await statusOf("a.js", { range: "bytes=0-3" })).toBe(200);
      expect(await statusOf("a.js", { range: "bytes=99-" })).toBe(200);
      expect(await statusOf("a.js", { "if-match": '"another"' })).toBe(412);
      for (const name of ["..%2findex.html", "%2e%2e%2findex.html", "..%5cindex.html", "a.js%00"]) {
        expect([name, await statusOf(name)]).toEqual([name, 404]);
      }
      rmSync(folder, { recursive: true });
    });

    test("names the one script of Apollo Sandbox where that is embedded", async () => {
      await server.restart({ explorer: "sandbox" });
      expect(await page()).toMatchObject({
        ...SHARED_POLICY,
        "script-src": expect.stringMatching(
          /^'sha256-[\w+/]{43}=' https:\/\/embeddable-sandbox\.cdn\.apollographql\.com$/,
        ),
        "frame-src": "https://sandbox.embed.apollographql.com",
      });
      expect((await browse("/explorer/icon.svg")).status).toBe(404);
    });

    test("can be switched off, and the API stays as it is", async () => {
      await server.restart({ explorer: "off" });
      const answer = await browse();
      const body = await answer.text();
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
      expect(JSON.parse(body).errors[0].message).toContain("EXPLORER=off");
      expect(body).not.toContain("apollographql.com");
      const { __schema: schema } = await server.anonymous.request(
        "{ __schema { queryType { name } } }",
      );
      expect(schema.queryType.name).toBe("Query");
      const sdl = await fetch(`${server.url}/schema.graphql`);
      expect(await sdl.text()).toBe(readFileSync("schema.graphql", "utf8"));
      await server.restart();
    });
  });
});
