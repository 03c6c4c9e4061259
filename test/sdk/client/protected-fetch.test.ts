import { Readable } from "node:stream";
import type { TokenSourceOptions } from "@countersign/sdk/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { HttpServer } from "./http-servers.js";
import { ProtectedServers, streamOf, tokensSeen } from "./protected-servers.js";
import { errorAnswer, type ScriptedEndpoint, tokenAnswer } from "./scripted-endpoint.js";

const INVALID_TOKEN = { "www-authenticate": 'Bearer realm="api", error="invalid_token"' };

describe("the fetch of a token source", () => {
  let servers: ProtectedServers;
  let api: HttpServer;
  let elsewhere: HttpServer;
  let endpoint: ScriptedEndpoint;
  let valid: string;

  beforeAll(async () => {
    servers = await ProtectedServers.start();
    ({ api, elsewhere } = servers);
  });

  afterAll(() => servers.stop());

  beforeEach(() => {
    servers.reset();
    ({ endpoint } = servers);
    valid = "token-1";
  });

  const source = (options?: Partial<TokenSourceOptions>) => servers.source(options);
  const requireValidToken = () => {
    api.handler = ({ authorization }, response) => {
      if (authorization !== `Bearer ${valid}`) response.writeHead(401, INVALID_TOKEN);
      response.end();
    };
  };

  test("sends the token to where its URL led when it was called", async () => {
    const url = new URL("/orders", api.origin);
    const { fetch } = source({ allowedOrigins: [api.origin] });
    const sent = fetch(url);
    url.href = elsewhere.origin;
    await sent;
    expect(tokensSeen(api)).toEqual(["Bearer token-1"]);
    expect(elsewhere.requests).toEqual([]);
  });

  test("sends the token with what else the request has", async () => {
    const { fetch } = source();
    const response = await fetch(`${api.origin}/orders?x=1#y`, {
      method: "post",
      headers: { "x-trace": "7", authorization: "Basic old" },
      body: "an order",
    });
    expect(await response.text()).toBe("ok");
    await fetch(
      new Request(`${api.origin}/request`, { method: "PUT", body: "all", headers: { a: "b" } }),
    );
    expect(api.requests).toMatchObject([
      { method: "POST", path: "/orders?x=1", body: "an order", headers: { "x-trace": "7" } },
      { method: "PUT", path: "/request", body: "all", headers: { a: "b" } },
    ]);
    expect(tokensSeen(api)).toEqual(["Bearer token-1", "Bearer token-1"]);
  });

  const form = new FormData();
  form.set("a", "b");
  test.each<[string, unknown]>([
    ["no body", undefined],
    ["a string", "text"],
    ["bytes", new Uint8Array([1, 2])],
    ["a buffer", new Uint8Array([1, 2]).buffer],
    ["a form", new URLSearchParams({ a: "b" })],
    ["a multipart form", form],
    ["a blob", new Blob(["text"])],
  ])("replaces a token that the API refuses as invalid_token, once, with %s", async (_, body) => {
    valid = "token-2";
    requireValidToken();
    const init = body === undefined ? {} : { method: "POST", body: body as string };
    expect((await source().fetch(api.origin, init)).status).toBe(200);
    expect(tokensSeen(api)).toEqual(["Bearer token-1", "Bearer token-2"]);
    const [first, second] = api.requests.map((request) => request.body.replaceAll(/-{4,}\S+/g, ""));
    expect(second).toBe(first);
  });

  test.each<[string, (url: string) => Parameters<typeof fetch>]>([
    ["a stream", (url) => [url, { method: "POST", body: streamOf("text"), duplex: "half" }]],
    [
      "a stream of Node.js",
      (url) => [url, { method: "POST", body: Readable.from(["text"]) as never, duplex: "half" }],
    ],
    ["a Request with a body", (url) => [new Request(url, { method: "POST", body: "text" })]],
  ])(
    "answers with the 401 where the body was %s, and has another token next time",
    async (_, call) => {
      valid = "token-2";
      requireValidToken();
      const tokens = source();
      const response = await tokens.fetch(...call(api.origin));
      expect(response.status).toBe(401);
      expect(api.requests).toHaveLength(1);
      expect(api.requests[0]?.body).toBe("text");
      expect((await tokens.fetch(api.origin)).status).toBe(200);
    },
  );

  test("replaces a token once for all calls that it was refused for", async () => {
    valid = "token-2";
    requireValidToken();
    const tokens = source();
    const calls = Array.from({ length: 50 }, () => tokens.fetch(api.origin));
    expect((await Promise.all(calls)).every(({ status }) => status === 200)).toBe(true);
    expect(endpoint.requests).toHaveLength(2);
  });

  test("does not request a token for each answer of an API that refuses all", async () => {
    valid = "none";
    requireValidToken();
    const tokens = source();
    for (let call = 0; call < 20; call++) {
      expect((await tokens.fetch(api.origin)).status).toBe(401);
    }
    expect(endpoint.requests).toHaveLength(2);
  });

  test("gives back the 401, and keeps the token, while there is no other one", async () => {
    valid = "token-9";
    requireValidToken();
    endpoint.script = (_, number) =>
      number === 1 ? tokenAnswer("token-1") : errorAnswer(500, "server_error");
    const tokens = source();
    expect((await tokens.fetch(api.origin)).status).toBe(401);
    expect((await tokens.getToken()).accessToken).toBe("token-1");
    expect(api.requests).toHaveLength(1);
  });

  test("leaves other answers alone", async () => {
    for (const [status, challenge] of [
      [401, "Bearer"],
      [403, 'Bearer error="insufficient_scope"'],
      [503, 'Bearer error="invalid_token"'],
    ] as const) {
      api.handler = (_, response) =>
        response.writeHead(status, { "www-authenticate": challenge }).end();
      expect((await source().fetch(api.origin)).status).toBe(status);
    }
    expect(api.requests).toHaveLength(3);
  });

  test.each<[string, Partial<TokenSourceOptions>, string]>([
    ["http beyond loopback", {}, "http://api.example.test/"],
    ["a URL with a password", {}, "https://a:b@api.example.test/"],
    ["another scheme", { allowInsecureHttp: true }, "ftp://api.example.test/"],
    [
      "an origin that is not listed",
      { allowedOrigins: ["https://api.example.test/"] },
      "https://api.example.test:8443/",
    ],
    [
      "an origin that a function refuses",
      { allowedOrigins: () => false },
      "https://api.example.test/",
    ],
  ])("refuses %s before it asks for a token", async (_, options, url) => {
    await expect(source(options).fetch(url)).rejects.toThrow(TypeError);
    expect(endpoint.requests).toHaveLength(0);
  });

  test("sends the token to an origin that is listed", async () => {
    const { origin } = api;
    await source({ allowedOrigins: [origin] }).fetch(`${origin}/a`);
    await source({ allowedOrigins: (asked) => asked === origin }).fetch(`${origin}/b`);
    expect(api.requests).toHaveLength(2);
  });

  test("ends with the caller's signal", async () => {
    api.handler = () => {};
    const signal = AbortSignal.timeout(20);
    await expect(source().fetch(api.origin, { signal })).rejects.toThrow(/timeout/);
    const waiting = source({
      fetch: () => new Promise(() => {}),
      timeoutSeconds: 0.1,
      retrySeconds: 0,
    });
    const soon = AbortSignal.timeout(20);
    await expect(waiting.fetch(api.origin, { signal: soon })).rejects.toThrow(/timeout/);
  });
});
