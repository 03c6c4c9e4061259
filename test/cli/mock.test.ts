import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createVerifier } from "@countersign/sdk/verify";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CommandResult } from "../support/command-line.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { freePort } from "../support/live-server.js";
import { runProgram } from "../support/run-program.js";

const AUDIENCE = "https://orders.example.com";
const SETUP = {
  audience: AUDIENCE,
  scopes: ["orders:read", "orders:write"],
  clients: [{ clientId: "shop", clientSecret: "only-for-tests", scopes: ["orders:read"] }],
};

const folder = mkdtempSync(path.join(tmpdir(), "countersign-mock-"));
const fileOf = (contents: unknown) => {
  const file = path.join(folder, "issuer.json");
  writeFileSync(file, typeof contents === "string" ? contents : JSON.stringify(contents));
  return file;
};

/** The real program: it finds the issuer beside its own build. */
async function runServe(file: string, changes: object = {}): Promise<CommandResult> {
  const env = { PATH: process.env["PATH"], PORT: "0", ...changes };
  const child = spawn(process.execPath, ["bin/countersign.js", "serve", "--mock", file], { env });
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (written.stdout += chunk));
  child.stderr.on("data", (chunk) => (written.stderr += chunk));
  const [exitCode] = await once(child, "close");
  return { exitCode, ...written };
}

let mock: ChildProcess;
let url: string;

const control = async (method: string, at: string, body?: unknown) => {
  const response = await fetch(`${url}/mock${at}`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
};
const requestToken = (secret = "only-for-tests") =>
  fetch(`${url}/oauth/token`, {
    method: "POST",
    headers: { authorization: basicAuthorization("shop", secret) },
    body: new URLSearchParams({ grant_type: "client_credentials", audience: AUDIENCE }),
  });

beforeAll(async () => {
  url = `http://localhost:${await freePort()}`;
  mock = spawn(process.execPath, ["bin/countersign.js", "serve", "--mock", fileOf(SETUP)], {
    env: { PATH: process.env["PATH"], PORT: new URL(url).port },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(mock.stdout as NodeJS.ReadableStream, "data");
});

afterAll(async () => {
  mock.kill("SIGTERM");
  expect(await once(mock, "close")).toEqual([0, null]);
  rmSync(folder, { recursive: true });
});

describe("a mock issuer in a process of its own", () => {
  const verifier = () => createVerifier({ issuer: url, audience: AUDIENCE });

  test("issues what the file allows, and refuses the rest as the server does", async () => {
    const good = await requestToken();
    expect(good.status).toBe(200);
    const { access_token: token } = (await good.json()) as { access_token: string };
    const { scopes } = await verifier().verifyAccessToken(token, { scopes: ["orders:read"] });
    expect(scopes).toEqual(["orders:read"]);
    const wrong = await requestToken("another secret");
    expect([wrong.status, await wrong.json()]).toEqual([
      401,
      expect.objectContaining({ error: "invalid_client" }),
    ]);
  });

  test("tells where it is, and what happened", async () => {
    const { body } = await control("GET", "");
    expect(body).toMatchObject({ issuer: url, tokenEndpoint: `${url}/oauth/token` });
    const { body: log } = await control("GET", "/requests");
    expect(log.requests.at(-1)).toMatchObject({
      path: "/oauth/token",
      status: 401,
      clientId: "shop",
    });
  });

  test("gives tokens on request, good and forged ones", async () => {
    const { body } = await control("POST", "/tokens", { scopes: ["orders:write"] });
    await verifier().verifyAccessToken(body.accessToken, { scopes: ["orders:write"] });
    const { body: description } = await control("GET", "");
    for (const kind of description.forgedTokenKinds) {
      const { body: forged } = await control("POST", "/forged-tokens", { kind });
      const required = { scopes: ["orders:read"] };
      await expect(verifier().verifyAccessToken(forged.accessToken, required)).rejects.toThrow();
    }
    const session = await control("POST", "/session-jwts", { memberId: "member_ada" });
    expect(session.body.sessionJwt).toMatch(/^eyJ/);
  });

  test("fails on demand: statuses, broken connections, and well again", async () => {
    const limited = { status: 429, retryAfterSeconds: 7, times: 1 };
    expect((await control("PUT", "/faults/tokenEndpoint", limited)).status).toBe(204);
    const answer = await requestToken();
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
    expect((await requestToken()).status).toBe(200);
    await control("PUT", "/faults/tokenEndpoint", { networkError: true });
    await expect(requestToken()).rejects.toThrow("fetch failed");
    await control("DELETE", "/faults");
    expect((await requestToken()).status).toBe(200);
  });

  test("moves its clock, rotates keys and secrets, and can begin anew", async () => {
    const moved = await control("PUT", "/clock", { now: "2030-01-01T00:00:00Z" });
    expect(moved.body).toEqual({ now: "2030-01-01T00:00:00.000Z" });
    expect((await control("PUT", "/clock", { advanceSeconds: 60 })).body.now).toMatch(/00:01:00/);
    await control("POST", "/signing-keys");
    const { body } = await control("POST", "/clients/shop/secrets", { overlapSeconds: 0 });
    expect((await requestToken()).status).toBe(401);
    expect((await requestToken(body.clientSecret)).status).toBe(200);
    await control("POST", "/reset");
    expect((await requestToken()).status).toBe(200);
    expect(Date.parse((await control("GET", "")).body.now)).toBeLessThan(Date.parse("2029-01-01"));
  });

  test.each<[string, string, string, unknown, string]>([
    [
      "a misspelt name",
      "PUT",
      "/faults/tokenEndpoint",
      { statu: 503 },
      "statu: There is no such setting",
    ],
    ["a clock without a time", "PUT", "/clock", { advance: 1 }, "Must have now, as"],
    ["an unknown endpoint", "PUT", "/faults/token", {}, "There is no endpoint `token`"],
    [
      "a scope that the API has not",
      "POST",
      "/clients",
      { scopes: ["nope"] },
      "scopes[0]: Must be a scope of the API",
    ],
    [
      "an unknown kind of forgery",
      "POST",
      "/forged-tokens",
      { kind: "odd" },
      "kind: Must be one of",
    ],
    ["a body that is not JSON", "POST", "/tokens", undefined, ""],
  ])("refuses %s with its place", async (_title, method, at, body, detail) => {
    if (body === undefined) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${url}/mock${at}`, { method, headers, body: "{" });
      expect(response.status).toBe(400);
      return;
    }
    const answer = await control(method, at, body);
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining(detail)]);
  });

  test("takes no form of a web page as an order", async () => {
    const response = await fetch(`${url}/mock/reset`, {
      method: "POST",
      body: new URLSearchParams({ a: "b" }),
    });
    expect(response.status).toBe(415);
  });

  test("serves programs of other languages", async () => {
    const program = `
import json, sys, urllib.request, urllib.parse, base64
url = sys.argv[1]
form = urllib.parse.urlencode({"grant_type": "client_credentials", "audience": "${AUDIENCE}"}).encode()
basic = base64.b64encode(b"shop:only-for-tests").decode()
request = urllib.request.Request(url + "/oauth/token", form, {"Authorization": "Basic " + basic})
print(json.load(urllib.request.urlopen(request))["scope"])
`;
    expect(await runProgram("python3", ["-c", program, url])).toBe("orders:read\n");
  });
});

describe("a file that is wrong", () => {
  test.each<[string, unknown, RegExp]>([
    ["is not there", null, /cannot be read \(ENOENT\)/],
    ["is not JSON", '{\n  "scopes": ["a"\n}', /is not JSON \(line 3 column 1\)\n$/],
    ["has a misspelt name", { scope: ["a"] }, /: scope: There is no such setting\n$/],
    [
      "has a misspelt name below",
      { clients: [{ secret: "x" }] },
      /: clients\[0\]\.secret: There is no such setting\n$/,
    ],
    [
      "has a weak value",
      { clients: [{}, { clientId: "a", clientSecret: "short" }] },
      /: clients\[1\]\.clientSecret: /,
    ],
    ["has a wrong issuer", { issuer: "ftp://x" }, /: issuer: /],
    ["has a wrong clock", { clock: "tomorrow" }, /date or ISO 8601/],
  ])(
    "%s is refused with the place, before anything listens",
    async (_title, contents, sentence) => {
      const file = contents === null ? "/nowhere/issuer.json" : fileOf(contents);
      const result = await runServe(file);
      expect([result.exitCode, result.stdout]).toEqual([2, ""]);
      expect(result.stderr).toMatch(sentence);
    },
  );

  test("is not read in production", async () => {
    const result = await runServe(fileOf(SETUP), { NODE_ENV: "production" });
    expect([result.exitCode, result.stderr]).toEqual([2, expect.stringContaining("is for tests")]);
  });
});
