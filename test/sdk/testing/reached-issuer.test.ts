import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createTestIssuer, type TestIssuer } from "@countersign/sdk/testing";
import { afterEach, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import * as oauth from "oauth4webapi";

const SECRET = "a-secret-of-tests";
const SETUP = {
  scopes: ["orders:read"],
  signingAlgorithm: "ES256" as const,
  clients: [{ clientId: "shop", clientSecret: SECRET, scopes: ["orders:read"] }],
};

describe("a test issuer is reached", () => {
  let issuer: TestIssuer;

  afterEach(async () => {
    await issuer.close();
  });

  test("over HTTP, by another client library", async () => {
    issuer = createTestIssuer(SETUP);
    const address = await issuer.listen();
    expect(issuer.issuer).toBe(address);
    const options = { [oauth.allowInsecureRequests]: true };
    const url = new URL(address);
    const discovered = await oauth.discoveryRequest(url, { ...options, algorithm: "oauth2" });
    const server = await oauth.processDiscoveryResponse(url, discovered);
    const client = { client_id: "shop" };
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      oauth.ClientSecretBasic(SECRET),
      new URLSearchParams({ audience: "https://api.test" }),
      options,
    );
    const { access_token: token, scope } = await oauth.processClientCredentialsResponse(
      server,
      client,
      response,
    );
    expect(scope).toBe("orders:read");
    expect(token).toMatch(/^eyJ/);
  });

  test("over HTTP, by another process", async () => {
    issuer = createTestIssuer(SETUP);
    await issuer.listen();
    const program = `
      const body = new URLSearchParams({ grant_type: "client_credentials", client_id: "shop", client_secret: "wrong-secret" });
      const { status } = await fetch(process.argv[1] + "/oauth/token", { method: "POST", body });
      console.log(status, (await (await fetch(process.argv[1] + "/.well-known/jwks.json")).json()).keys.length);
    `;
    const args = ["--input-type=module", "-e", program, issuer.issuer];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout.trim()).toBe("401 2");
  });

  test("over HTTP where connections break", async () => {
    issuer = createTestIssuer({ ...SETUP, faults: { keySet: { networkError: true } } });
    await issuer.listen();
    await expect(fetch(issuer.jwksUrl)).rejects.toThrow("fetch failed");
    await expect(issuer.listen()).rejects.toThrow("listens already");
  });

  test("by the global fetch, which is given back", async () => {
    issuer = createTestIssuer({ ...SETUP, issuer: "https://auth.example.com/oauth2/default" });
    const former = globalThis.fetch;
    const uninstall = issuer.install();
    expect((await fetch(issuer.jwksUrl)).status).toBe(200);
    const paths = [
      "https://auth.example.com/oauth2/default/.well-known/openid-configuration",
      "https://auth.example.com/.well-known/oauth-authorization-server/oauth2/default",
    ];
    for (const path of paths) {
      const metadata = await (await fetch(path)).json();
      expect(metadata).toMatchObject({ issuer: issuer.issuer });
    }
    uninstall();
    expect(globalThis.fetch).toBe(former);
    issuer.install();
    await issuer.close();
    expect(globalThis.fetch).toBe(former);
  });

  test("by the global fetch, which several issuers give back in any order", async () => {
    const former = globalThis.fetch;
    issuer = createTestIssuer({ ...SETUP, issuer: "https://first.test" });
    const second = createTestIssuer({ ...SETUP, issuer: "https://second.test" });
    issuer.install();
    second.install();
    await issuer.close();
    await expect(fetch(issuer.jwksUrl)).rejects.toThrow("fetch failed");
    expect((await fetch(second.jwksUrl)).status).toBe(200);
    await second.close();
    expect(globalThis.fetch).toBe(former);
  });

  test("nowhere else by its own fetch", async () => {
    issuer = createTestIssuer(SETUP);
    await expect(issuer.fetch("https://other.test/")).rejects.toThrow("fetch failed");
    await expect(issuer.fetch(`${issuer.issuer}/elsewhere`)).rejects.toThrow("fetch failed");
  });

  test("with keys that outlive its process", async () => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const key = { ...(await exportJWK(privateKey)), alg: "ES256", kid: "fixed" };
    issuer = createTestIssuer({ ...SETUP, signingKeys: [key] });
    const response = await issuer.fetch(issuer.jwksUrl);
    const { keys } = (await response.json()) as { keys: object[] };
    const { d: _private, ...publicJwk } = key;
    expect(keys).toContainEqual({ ...publicJwk, use: "sig" });
    expect(JSON.stringify(keys)).not.toContain(key.d);
  });

  test("within 50 ms after the first one", async () => {
    issuer = createTestIssuer({ scopes: ["a"] });
    await issuer.issueToken();
    const times: number[] = [];
    for (let count = 0; count < 10; count++) {
      const start = performance.now();
      await createTestIssuer({ scopes: ["a"] }).issueToken();
      times.push(performance.now() - start);
    }
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
