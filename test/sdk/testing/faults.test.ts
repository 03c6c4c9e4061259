import { createTestIssuer, type TestIssuer } from "@countersign/sdk/testing";
import { beforeEach, describe, expect, test } from "@jest/globals";

const CREDENTIALS = { client_id: "shop", client_secret: "a-secret-of-tests" };

describe("the faults of a test issuer", () => {
  let issuer: TestIssuer;

  beforeEach(() => {
    issuer = createTestIssuer({
      scopes: ["orders:read"],
      signingAlgorithm: "ES256",
      clients: [{ clientId: "shop", clientSecret: CREDENTIALS.client_secret }],
    });
  });

  const requestToken = (init: RequestInit = {}) => {
    const body = new URLSearchParams({ grant_type: "client_credentials", ...CREDENTIALS });
    return issuer.fetch(issuer.tokenEndpoint, { method: "POST", body, ...init });
  };
  const statuses = async (count: number) => {
    const found: number[] = [];
    for (let at = 0; at < count; at++) found.push((await requestToken()).status);
    return found;
  };

  test("are errors with the server's body, and with Retry-After", async () => {
    issuer.faults.set("tokenEndpoint", { status: 429, retryAfterSeconds: 7 });
    const limited = await requestToken();
    expect(limited.status).toBe(429);
    expect(limited.headers.get("retry-after")).toBe("7");
    expect(await limited.json()).toMatchObject({ error: "temporarily_unavailable" });
    issuer.faults.set("tokenEndpoint", { status: 503 });
    expect(await (await requestToken()).json()).toMatchObject({ error: "temporarily_unavailable" });
    issuer.faults.set("tokenEndpoint", { status: 500 });
    expect(await (await requestToken()).json()).toMatchObject({ error: "server_error" });
    issuer.faults.clear("tokenEndpoint");
    expect((await requestToken()).status).toBe(200);
  });

  test("come each nth time, and so often", async () => {
    issuer.faults.set("tokenEndpoint", { status: 503, every: 3 });
    expect(await statuses(6)).toEqual([200, 200, 503, 200, 200, 503]);
    issuer.faults.set("tokenEndpoint", { status: 503, times: 2 });
    expect(await statuses(3)).toEqual([503, 503, 200]);
  });

  test("break connections and answers", async () => {
    issuer.faults.set("tokenEndpoint", { networkError: true });
    await expect(requestToken()).rejects.toThrow(TypeError);
    expect(issuer.requests.at(-1)).toMatchObject({ path: "/oauth/token", status: 0 });
    issuer.faults.set("tokenEndpoint", { malformedJson: true });
    await expect((await requestToken()).json()).rejects.toThrow("JSON");
    issuer.faults.set("tokenEndpoint", { contentType: "text/html" });
    expect((await requestToken()).headers.get("content-type")).toBe("text/html");
  });

  test("are about one endpoint", async () => {
    issuer.faults.set("keySet", { status: 500 });
    expect((await issuer.fetch(issuer.jwksUrl)).status).toBe(500);
    expect((await requestToken()).status).toBe(200);
    issuer.faults.set("metadata", { networkError: true });
    const metadata = `${issuer.issuer}/.well-known/openid-configuration`;
    await expect(issuer.fetch(metadata)).rejects.toThrow("fetch failed");
    issuer.faults.clear();
    expect((await issuer.fetch(metadata)).status).toBe(200);
  });

  test("are slow, and can be given up", async () => {
    issuer.faults.set("tokenEndpoint", { delayMs: 60_000 });
    const controller = new AbortController();
    const pending = requestToken({ signal: controller.signal });
    controller.abort(new Error("given up"));
    await expect(pending).rejects.toThrow("given up");
    issuer.faults.set("tokenEndpoint", { delayMs: 1, status: 503 });
    expect((await requestToken()).status).toBe(503);
  });

  test("and forged tokens have names, and others are refused with all of them", async () => {
    const endpoint = "token" as "tokenEndpoint";
    expect(() => issuer.faults.set(endpoint, { status: 503 })).toThrow(/are: tokenEndpoint, /);
    const kind = "expird" as "expired";
    await expect(issuer.forge.token(kind)).rejects.toThrow(/no kind `expird`.* expired, /);
  });

  test("can be there from the start", async () => {
    const faults = { tokenEndpoint: { status: 503, times: 1 } };
    issuer = createTestIssuer({ signingAlgorithm: "ES256", faults });
    expect(await statuses(2)).toEqual([503, 401]);
  });
});
