import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createTokenSource, type TokenSourceOptions } from "@countersign/sdk/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { type HttpServer, type SeenRequest, startHttpServer } from "./http-servers.js";
import { errorAnswer, ScriptedEndpoint, tokenAnswer } from "./scripted-endpoint.js";

const INVALID_TOKEN = { "www-authenticate": 'Bearer realm="api", error="invalid_token"' };

describe("the fetch of a token source", () => {
  let api: HttpServer;
  let elsewhere: HttpServer;
  let endpoint: ScriptedEndpoint;
  let valid: string;

  beforeAll(async () => {
    api = await startHttpServer();
    elsewhere = await startHttpServer();
  });

  afterAll(() => {
    api.stop();
    elsewhere.stop();
  });

  beforeEach(() => {
    for (const server of [api, elsewhere]) {
      server.requests.length = 0;
      server.handler = (_, response) => response.end("ok");
    }
    valid = "token-1";
    endpoint = new ScriptedEndpoint((_, number) => tokenAnswer(`token-${number}`));
  });

  const source = (options: Partial<TokenSourceOptions> = {}) =>
    createTokenSource({
      issuer: "https://auth.example.test",
      clientId: "client",
      clientSecret: "secret",
      fetch: (input, init) =>
        String(input).startsWith("https://auth")
          ? endpoint.fetch(input, init)
          : globalThis.fetch(input, init),
      ...options,
    });
  const requireValidToken = () => {
    api.handler = ({ authorization }, response) => {
      if (authorization !== `Bearer ${valid}`) response.writeHead(401, INVALID_TOKEN);
      response.end();
    };
  };
  const tokensSeen = ({ requests }: HttpServer) =>
    requests.map(({ authorization }) => authorization);

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

  describe("with redirects", () => {
    const redirectTo = (location: string, status = 302) => {
      api.handler = ({ path }, response) => {
        if (path === "/start") response.writeHead(status, { location });
        response.end("arrived");
      };
    };
    const start = () => `${api.origin}/start`;

    test("takes the token along on the same origin", async () => {
      redirectTo("/next");
      const response = await source().fetch(start());
      expect(await response.text()).toBe("arrived");
      expect(response.url).toBe(`${api.origin}/next`);
      expect(tokensSeen(api)).toEqual(["Bearer token-1", "Bearer token-1"]);
    });

    test.each([301, 302, 303, 307, 308])(
      "sends nothing secret to another origin (%s)",
      async (status) => {
        redirectTo(`${elsewhere.origin}/there`, status);
        const headers = { cookie: "a=b", "proxy-authorization": "Basic x", "x-other": "kept" };
        const response = await source().fetch(start(), { headers });
        expect(await response.text()).toBe("ok");
        const [seen] = elsewhere.requests;
        expect(seen).toMatchObject({ path: "/there", authorization: undefined, dpop: undefined });
        expect(seen?.headers).toMatchObject({ "x-other": "kept" });
        expect(seen?.headers).not.toHaveProperty("cookie");
      },
    );

    test("does not take it along when a chain comes back", async () => {
      redirectTo(`${elsewhere.origin}/there`);
      elsewhere.handler = (_, response) =>
        response.writeHead(302, { location: `${api.origin}/back` }).end();
      await source().fetch(start());
      expect(tokensSeen(api)).toEqual(["Bearer token-1", undefined]);
    });

    test.each([
      [302, "POST", "GET", ""],
      [303, "PUT", "GET", ""],
      [302, "PUT", "PUT", "text"],
      [307, "POST", "POST", "text"],
      [308, "PATCH", "PATCH", "text"],
    ])("makes of %s and %s a %s, as fetch does", async (status, method, becomes, body) => {
      redirectTo("/next", status);
      const init = { method, body: "text", headers: { "content-type": "text/plain" } };
      await source().fetch(start(), init);
      expect(api.requests[1]).toMatchObject({ method: becomes, body });
      expect("content-type" in (api.requests[1]?.headers ?? {})).toBe(body !== "");
      const plain = await startHttpServer((seen, response) => {
        if (seen.path === "/start") response.writeHead(status, { location: "/next" });
        response.end();
      });
      await fetch(`${plain.origin}/start`, init);
      plain.stop();
      expect(plain.requests[1]).toMatchObject({ method: becomes, body });
    });

    test("ends after twenty, and refuses to send a stream again", async () => {
      redirectTo("/start");
      await expect(source().fetch(start())).rejects.toThrow("Too many redirects");
      expect(api.requests).toHaveLength(21);
      redirectTo("/next", 307);
      const init = { method: "POST", body: streamOf("x"), duplex: "half" } as const;
      await expect(source().fetch(start(), init)).rejects.toThrow("body");
    });

    test("follows none where it is told not to", async () => {
      redirectTo("/next");
      expect((await source().fetch(start(), { redirect: "manual" })).status).toBe(302);
      await expect(source().fetch(start(), { redirect: "error" })).rejects.toThrow("fetch failed");
      expect(api.requests).toHaveLength(2);
    });
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

  describe("with DPoP", () => {
    const bound = () => {
      endpoint.script = (_, number) => tokenAnswer(`token-${number}`, { token_type: "DPoP" });
      return source({ dpop: true });
    };
    const claimsOf = ({ dpop = "" }: SeenRequest) => decodeJwt(dpop);

    test("proves each request anew, for its URL without query, and for its token", async () => {
      const tokens = bound();
      await tokens.fetch(`${api.origin}/orders?page=2#x`, { method: "DELETE" });
      await tokens.fetch(`${api.origin}/orders`);
      const [first, second] = api.requests.map(claimsOf);
      expect(api.requests[0]?.authorization).toBe("DPoP token-1");
      expect(first).toMatchObject({
        htm: "DELETE",
        htu: `${api.origin}/orders`,
        ath: createHash("sha256").update("token-1").digest("base64url"),
      });
      expect(second?.jti).not.toBe(first?.jti);
      const header = decodeProtectedHeader(api.requests[0]?.dpop ?? "");
      expect(header).toMatchObject({ typ: "dpop+jwt", alg: "ES256", jwk: { kty: "EC" } });
      expect(header.jwk).not.toHaveProperty("d");
    });

    test("uses the nonces of each origin, also those of successful answers", async () => {
      let nonce = "nonce-1";
      api.handler = (seen, response) => {
        const isRight = claimsOf(seen)["nonce"] === nonce;
        if (isRight) nonce = `nonce-${api.requests.length + 1}`;
        const challenge = isRight ? {} : { "www-authenticate": 'DPoP error="use_dpop_nonce"' };
        response.writeHead(isRight ? 200 : 401, { "dpop-nonce": nonce, ...challenge }).end();
      };
      const tokens = bound();
      for (let call = 0; call < 3; call++) {
        expect((await tokens.fetch(api.origin, { method: "POST", body: "x" })).status).toBe(200);
      }
      expect(api.requests).toHaveLength(4);
      await tokens.fetch(elsewhere.origin);
      expect(claimsOf(elsewhere.requests[0] as SeenRequest)).not.toHaveProperty("nonce");
    });

    test("signs a proof for each hop on the origin, and sends none elsewhere", async () => {
      api.handler = ({ path }, response) => {
        const location = path === "/start" ? "/next" : `${elsewhere.origin}/there`;
        response.writeHead(302, { location }).end();
      };
      await bound().fetch(`${api.origin}/start`);
      expect(api.requests.map((seen) => claimsOf(seen)["htu"])).toEqual([
        `${api.origin}/start`,
        `${api.origin}/next`,
      ]);
      expect(elsewhere.requests[0]).toMatchObject({ authorization: undefined, dpop: undefined });
    });

    test("refuses a token that the server did not bind", async () => {
      const tokens = bound();
      endpoint.script = () => tokenAnswer("token-1");
      await expect(tokens.fetch(api.origin)).rejects.toThrow("token_type is not DPoP");
    });
  });
});

function streamOf(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream() as ReadableStream<Uint8Array>;
}
