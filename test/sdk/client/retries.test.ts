import { TokenRequestError, type TokenSourceOptions } from "@countersign/sdk/client";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import {
  errorAnswer,
  freezeTime,
  ScriptedEndpoint,
  settle,
  tokenAnswer,
  whileTimePasses,
} from "./scripted-endpoint.js";

const refused = () => Promise.reject(new TypeError("fetch failed"));

describe("while there is no valid token, a token source", () => {
  let endpoint: ScriptedEndpoint;

  beforeEach(() => {
    freezeTime();
    endpoint = new ScriptedEndpoint();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const source = (options: Partial<TokenSourceOptions> = {}) =>
    endpoint.source({ issuer: "https://auth.example.test/projects/p/", ...options });
  const failure = async (work: Promise<unknown>): Promise<TokenRequestError> => {
    const error = await whileTimePasses(work).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TokenRequestError);
    return error as TokenRequestError;
  };
  const waits = () =>
    endpoint.requests.slice(1).map(({ at }, index) => at - (endpoint.requests[index]?.at ?? 0));

  test.each([
    ["a refused connection", refused],
    ["429", () => errorAnswer(429, "temporarily_unavailable")],
    ["502", () => new Response("<h1>Bad gateway</h1>", { status: 502 })],
    ["503", () => errorAnswer(503, "temporarily_unavailable")],
    ["504", () => new Response(null, { status: 504 })],
  ])("tries again after %s, at growing intervals", async (_, answer) => {
    endpoint.script = (_request, number) => (number < 5 ? answer() : tokenAnswer("at-last"));
    const { accessToken } = await whileTimePasses(source().getToken());
    expect(accessToken).toBe("at-last");
    expect(endpoint.requests[0]?.url).toBe("https://auth.example.test/projects/p/oauth/token");
    for (const [index, wait] of waits().entries()) {
      expect(wait).toBeGreaterThanOrEqual(250 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(750 * 2 ** index + 100);
    }
  });

  test.each([
    ["seconds", () => "7"],
    ["a date", () => new Date(Date.now() + 7_000).toUTCString()],
  ])("waits for as long as Retry-After asks in %s", async (_, value) => {
    endpoint.script = (_request, number) =>
      number === 1
        ? errorAnswer(503, "temporarily_unavailable", { "retry-after": value() })
        : tokenAnswer("a-token");
    await whileTimePasses(source().getToken());
    expect(waits()[0]).toBeGreaterThanOrEqual(6_000);
    expect(waits()[0]).toBeLessThanOrEqual(7_200);
  });

  test("reads a date by the server's clock", async () => {
    const headers = {
      date: "Thu, 01 Jan 2015 00:00:00 GMT",
      "retry-after": "Thu, 01 Jan 2015 00:00:05 GMT",
    };
    endpoint.script = (_, number) =>
      number === 1 ? errorAnswer(503, "temporarily_unavailable", headers) : tokenAnswer("a-token");
    await whileTimePasses(source().getToken());
    expect(waits()[0]).toBeGreaterThanOrEqual(5_000);
    expect(waits()[0]).toBeLessThanOrEqual(5_200);
  });

  test("gives up at once where the wait would be too long, and asks nobody until it is over", async () => {
    endpoint.script = () => errorAnswer(429, "temporarily_unavailable", { "retry-after": "40" });
    const tokens = source();
    const error = await failure(tokens.getToken());
    expect(error).toMatchObject({
      status: 429,
      code: "temporarily_unavailable",
      description: "The sentence of temporarily_unavailable",
      retryAfterSeconds: 40,
      retryable: true,
    });
    endpoint.script = () => tokenAnswer("a-token");
    await jest.advanceTimersByTimeAsync(39_000);
    expect(await failure(tokens.getToken())).toBe(error);
    expect(endpoint.requests).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect((await tokens.getToken()).accessToken).toBe("a-token");
  });

  test.each([
    ["seconds", "999999999"],
    ["a date", "Fri, 31 Dec 9999 23:59:59 GMT"],
  ])("waits for no more than ten minutes where Retry-After asks in %s", async (_, value) => {
    endpoint.script = () => errorAnswer(503, "temporarily_unavailable", { "retry-after": value });
    const tokens = source();
    expect(await failure(tokens.getToken())).toMatchObject({ retryAfterSeconds: 600 });
    endpoint.script = () => tokenAnswer("a-token");
    await jest.advanceTimersByTimeAsync(600_000);
    expect((await tokens.getToken()).accessToken).toBe("a-token");
  });

  test("names no secret that the server repeats, as it is or as it was sent", async () => {
    const clientSecret = "pass word/+é";
    endpoint.script = ({ form, headers }) => {
      const [, basic = ""] = (headers.get("authorization") ?? "").split(" ");
      const body = `${new URLSearchParams(form)} ${basic} ${atob(basic)} ${clientSecret}`;
      return Response.json({ error: "invalid_request", error_description: body }, { status: 400 });
    };
    for (const clientAuthentication of ["client_secret_basic", "client_secret_post"] as const) {
      const error = await failure(source({ clientSecret, clientAuthentication }).getToken());
      expect(error.message).toContain("grant_type=client_credentials");
      expect(error.message).not.toMatch(/word/);
    }
  });

  test("pauses after a refusal although Retry-After asks for no time", async () => {
    endpoint.script = () => errorAnswer(400, "invalid_scope", { "retry-after": "0" });
    const tokens = source();
    for (let index = 0; index < 10; index++) await failure(tokens.getToken());
    expect(endpoint.requests).toHaveLength(1);
  });

  test("makes at most twelve attempts within 30 seconds, then fails at once for a second", async () => {
    endpoint.script = refused;
    const tokens = source();
    const begun = Date.now();
    const error = await failure(tokens.getToken());
    expect(Date.now() - begun).toBeLessThan(31_000);
    expect(endpoint.requests.length).toBeGreaterThanOrEqual(5);
    expect(endpoint.requests.length).toBeLessThanOrEqual(12);
    const attempts = endpoint.requests.length;
    expect(await failure(tokens.getToken())).toBe(error);
    expect(endpoint.requests).toHaveLength(attempts);
    await jest.advanceTimersByTimeAsync(1_000);
    endpoint.script = () => tokenAnswer("a-token");
    expect((await tokens.getToken()).accessToken).toBe("a-token");
  });

  test("ends an attempt without an answer after ten seconds", async () => {
    endpoint.script = (_, number) =>
      number === 1 ? new Promise(() => {}) : tokenAnswer("a-token");
    await whileTimePasses(source().getToken());
    expect(waits()[0]).toBeGreaterThanOrEqual(10_250);
    const slow = new ScriptedEndpoint(() => new Promise(() => {}));
    const error = await failure(
      source({ fetch: slow.fetch, timeoutSeconds: 1, retrySeconds: 0 }).getToken(),
    );
    expect(error.message).toContain("did not answer within 1 s");
    expect(slow.requests).toHaveLength(1);
  });

  test.each([
    [400, "invalid_scope"],
    [400, "invalid_target"],
    [400, "unauthorized_client"],
    [403, "access_denied"],
    [500, "server_error"],
  ])("does not repeat what %s %s answers, and pauses", async (status, code) => {
    endpoint.script = () => errorAnswer(status, code);
    const tokens = source();
    const error = await failure(tokens.getToken());
    expect(error).toMatchObject({ status, code, retryable: false });
    expect(error.message).toBe(
      `https://auth.example.test/projects/p/oauth/token answered ${status}: ${code}: The sentence of ${code}`,
    );
    for (let call = 0; call < 100; call++) await tokens.getToken().catch(() => {});
    expect(endpoint.requests).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(4_000);
    endpoint.script = () => tokenAnswer("a-token");
    await tokens.getToken();
  });

  test.each([
    ["no JSON", () => new Response("eyJhbGciOi.secret.token"), "no usable access_token"],
    ["no token", () => Response.json({ token_type: "Bearer" }), "no usable access_token"],
    ["a token with a line break", () => tokenAnswer("a\nb"), "no usable access_token"],
    ["another token_type", () => tokenAnswer("t", { token_type: "mac" }), "is not Bearer"],
    ["a redirect", () => new Response(null, { status: 307, headers: { location: "/" } }), "307"],
    ["too much", () => tokenAnswer("x".repeat(300_000)), "too long"],
  ])("refuses an answer with %s", async (_, answer, sentence) => {
    endpoint.script = () => answer();
    const error = await failure(source({ retrySeconds: 0 }).getToken());
    expect(error.message).toContain(sentence);
    expect(error.message).not.toContain("secret.token");
  });

  test("stops waiting when the caller's signal says so, and goes on for the others", async () => {
    let answer = (_response: Response) => {};
    endpoint.script = () =>
      new Promise<Response>((resolve) => {
        answer = resolve;
      });
    const tokens = source();
    const controller = new AbortController();
    const impatient = tokens.getToken({ signal: controller.signal });
    const patient = tokens.getToken();
    await settle();
    controller.abort(new Error("no time"));
    await expect(impatient).rejects.toThrow("no time");
    await expect(tokens.getToken({ signal: controller.signal })).rejects.toThrow("no time");
    answer(tokenAnswer("a-token"));
    expect((await patient).accessToken).toBe("a-token");
    expect(endpoint.requests).toHaveLength(1);
  });

  test("answers all who wait with the same failure", async () => {
    endpoint.script = () => errorAnswer(400, "invalid_scope");
    const tokens = source();
    const calls = await Promise.allSettled(Array.from({ length: 1000 }, () => tokens.getToken()));
    expect(calls.every(({ status }) => status === "rejected")).toBe(true);
    expect(endpoint.requests).toHaveLength(1);
  });

  test.each<[string, Partial<TokenSourceOptions>, string]>([
    ["http", { issuer: "http://auth.example.test" }, "https"],
    ["a URL with a password", { tokenEndpoint: "https://a:secret@b.test/" }, "credentials"],
    ["both a secret and a key", { privateKey: "pem" }, "give one"],
    ["an empty clientId", { clientId: "" }, "clientId"],
  ])("is not made with %s", (_, options, sentence) => {
    const make = () => source(options);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(sentence);
    expect(make).not.toThrow("secret@");
  });

  test("takes http on loopback, and elsewhere where it is told to", () => {
    for (const issuer of ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:80"]) {
      expect(() => source({ issuer })).not.toThrow();
    }
    const issuer = "http://countersign.svc.cluster.local";
    expect(() => source({ issuer, allowInsecureHttp: true })).not.toThrow();
    expect(() => source({ issuer: "http://localhost.example.test" })).toThrow(TypeError);
  });
});
