import { createVerifier } from "@countersign/sdk/verify";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { JWK } from "jose";
import {
  type Answer,
  AUDIENCE,
  advance,
  fakeDate,
  ScriptedIssuer,
  unreachable,
} from "./scripted-issuer.js";

const UNAVAILABLE = { name: "TokenRefused", code: "KEY_SET_UNAVAILABLE", status: 503 };
const UNKNOWN_KEY = { name: "TokenRefused", code: "SIGNATURE", status: 401 };

describe("the key set of a verifier", () => {
  let issuer: ScriptedIssuer;

  beforeEach(async () => {
    fakeDate();
    issuer = new ScriptedIssuer();
    await issuer.createKey("key_1");
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test("is fetched once for the first requests, however many there are, and then not again", async () => {
    const verifier = createVerifier(issuer.options);
    const tokens = await Promise.all(Array.from({ length: 200 }, () => issuer.token("key_1")));
    await Promise.all(tokens.map((token) => verifier.verifyAccessToken(token)));
    for (const token of tokens) await verifier.verifyAccessToken(token);
    expect(issuer.requests.map(({ url }) => url)).toEqual([
      "https://auth.example.com/projects/project_1/.well-known/jwks.json",
    ]);
  });

  test("is fetched before the first request by prefetch, which says when it cannot", async () => {
    issuer.answer = unreachable;
    const verifier = createVerifier(issuer.options);
    await expect(verifier.prefetch()).rejects.toMatchObject(UNAVAILABLE);
    advance(2);
    issuer.answer = null;
    await verifier.prefetch();
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    expect(issuer.requests).toHaveLength(2);
  });

  test("is found where the issuer has a slash at its end", async () => {
    const withSlash = new ScriptedIssuer("https://auth.example.com/");
    await withSlash.createKey("key_1");
    const verifier = createVerifier(withSlash.options);
    await verifier.verifyAccessToken(await withSlash.token("key_1"));
    expect(withSlash.requests[0]?.url).toBe("https://auth.example.com/.well-known/jwks.json");
  });

  test("is never that of another issuer, even for the same kid", async () => {
    const other = new ScriptedIssuer("https://auth.example.com/projects/project_2");
    await other.createKey("key_1");
    const verifiers = [createVerifier(issuer.options), createVerifier(other.options)] as const;
    for (const [index, own] of [issuer, other].entries()) {
      await verifiers[index]?.verifyAccessToken(await own.token("key_1"));
      const foreign = index === 0 ? other : issuer;
      const token = await foreign.token("key_1", { iss: own.issuer });
      await expect(verifiers[index]?.verifyAccessToken(token)).rejects.toMatchObject(UNKNOWN_KEY);
    }
  });

  test.each([
    ["its Cache-Control", "max-age=300", 300],
    ["a minute at least", "no-store", 60],
    ["an hour at most", "max-age=999999", 3600],
    ["five minutes if nothing is said", "", 300],
  ])(
    "is fetched again in the background after three quarters of %s",
    async (_, cacheControl, seconds) => {
      issuer.headers = { "cache-control": cacheControl };
      const verifier = createVerifier(issuer.options);
      const verify = async () => verifier.verifyAccessToken(await issuer.token("key_1"));
      await verify();
      advance(seconds * 0.75 - 1);
      await verify();
      expect(issuer.requests).toHaveLength(1);
      advance(1);
      // The answer takes for ever, and nobody waits for it.
      issuer.answer = () => new Promise(() => {});
      await verify();
      await verify();
      expect(issuer.requests).toHaveLength(2);
    },
  );

  test("loses a revoked key at the refresh, and has the new one", async () => {
    const verifier = createVerifier(issuer.options);
    const revoked = await issuer.token("key_1");
    await verifier.verifyAccessToken(revoked);
    issuer.served = [];
    await issuer.createKey("key_2");
    advance(300);
    await expect(verifier.verifyAccessToken(revoked)).rejects.toMatchObject(UNKNOWN_KEY);
    await verifier.verifyAccessToken(await issuer.token("key_2"));
    expect(issuer.requests).toHaveLength(2);
  });

  test("is kept by an answer that nothing has changed", async () => {
    issuer.headers = { etag: 'W/"1"' };
    const verifier = createVerifier(issuer.options);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    advance(300);
    issuer.answer = () => new Response(null, { status: 304 });
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    expect(issuer.requests[1]?.init.headers).toMatchObject({ "if-none-match": 'W/"1"' });
    advance(200);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    expect(issuer.requests).toHaveLength(2);
    advance(100);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    expect(issuer.requests[2]?.init.headers).toMatchObject({ "if-none-match": 'W/"1"' });
  });

  test("is fetched again for an unknown key, though not for each token of a flood", async () => {
    const verifier = createVerifier(issuer.options);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    advance(1);
    await issuer.createKey("key_2");
    await verifier.verifyAccessToken(await issuer.token("key_2"));
    expect(issuer.requests).toHaveLength(2);
    for (let second = 0; second < 60; second++) {
      const junk = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          issuer.token("key_1", {}, { kid: `junk_${index}` }),
        ),
      );
      for (const verification of await Promise.allSettled(
        junk.map((token) => verifier.verifyAccessToken(token)),
      )) {
        expect(verification).toMatchObject({ status: "rejected", reason: UNKNOWN_KEY });
      }
      await verifier.verifyAccessToken(await issuer.token("key_2"));
      advance(1);
    }
    expect(issuer.requests.length).toBeLessThanOrEqual(2 + 2 + 6);
  });

  test("is not fetched again for a token without kid, or with a known one", async () => {
    const verifier = createVerifier({ ...issuer.options, algorithms: ["ES256", "RS256"] });
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    advance(60);
    const [header = "", ...rest] = (await issuer.token("key_1")).split(".");
    for (const change of [{ alg: "RS256" }, { kid: 1 }, { kid: undefined, alg: "RS256" }]) {
      const changed = { ...JSON.parse(Buffer.from(header, "base64url").toString()), ...change };
      const token = [Buffer.from(JSON.stringify(changed)).toString("base64url"), ...rest].join(".");
      await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(UNKNOWN_KEY);
    }
    expect(issuer.requests).toHaveLength(1);
  });

  const tooMany = () =>
    Array.from({ length: 101 }, (_, index) => ({ ...issuer.served[0], kid: `k${index}` }));
  const servedWith = (status: number) => Response.json({ keys: issuer.served }, { status });
  test.each<[string, Answer]>([
    ["nobody answers", unreachable],
    ["it fails", () => new Response("", { status: 500 })],
    ["it is not found", () => new Response("{}", { status: 404 })],
    ["it redirects", () => servedWith(302)],
    ["it fails with a body that would do", () => servedWith(500)],
    ["nothing has changed since never", () => new Response(null, { status: 304 })],
    ["the answer is no JSON", () => new Response("<html>")],
    ["the answer has no body", () => new Response(null)],
    ["the answer is no key set", () => Response.json({ keys: "key" })],
    ["the answer is a single key", () => Response.json(issuer.served[0])],
    ["the set is empty", () => Response.json({ keys: [] })],
    ["the set has too many keys", () => Response.json({ keys: tooMany() })],
    [
      "the answer is too long",
      () => Response.json({ keys: issuer.served, more: "a".repeat(300_000) }),
    ],
  ])("is unavailable, which is no fault of the token, if %s", async (_, answer) => {
    issuer.answer = answer;
    const failures: Error[] = [];
    const onKeySetFailure = (error: Error) => {
      failures.push(error);
      throw new Error("what a hook throws decides nothing");
    };
    const verifier = createVerifier({ ...issuer.options, onKeySetFailure });
    const token = await issuer.token("key_1");
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(UNAVAILABLE);
    await expect(verifier.verifySession(token)).rejects.toMatchObject({ code: "TYPE" });
    expect(failures).toEqual([expect.any(Error)]);
    expect(issuer.requests[0]?.init).toMatchObject({
      redirect: "manual",
      signal: expect.anything(),
    });
    issuer.answer = null;
    advance(1);
    await verifier.verifyAccessToken(token);
  });

  test("is unavailable after six seconds if an answer never comes", async () => {
    jest.useFakeTimers({ doNotFake: ["queueMicrotask", "nextTick"] });
    issuer.answer = () => new Promise(() => {});
    const verifier = createVerifier(issuer.options);
    const token = await issuer.token("key_1");
    const verifications = [0, 1].map(() => verifier.verifyAccessToken(token));
    const expectations = verifications.map((verification) =>
      expect(verification).rejects.toMatchObject(UNAVAILABLE),
    );
    await jest.advanceTimersByTimeAsync(6000);
    await Promise.all(expectations);
  });

  test.each<[string, (key: JWK) => JWK[]]>([
    ["has its id twice", (key) => [key, { ...key }]],
    ["is no public key", (key) => [{ ...key, d: key.x ?? "" }]],
    ["cannot be read", (key) => [{ ...key, x: "AA" }]],
  ])("is at fault, and not the token, where its key %s", async (_, keysOf) => {
    const token = await issuer.token("key_1");
    const verifier = createVerifier(issuer.options);
    issuer.served = issuer.served.flatMap(keysOf);
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(UNAVAILABLE);
  });

  test("is read from the verifier's options without any network", async () => {
    const { issuer: name, fetch } = issuer.options;
    const keys = { keys: issuer.served };
    const verifier = createVerifier({ issuer: name, audience: AUDIENCE, keys, fetch });
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    const unknown = await issuer.token("key_1", {}, { kid: "unknown" });
    await expect(verifier.verifyAccessToken(unknown)).rejects.toMatchObject(UNKNOWN_KEY);
    expect(issuer.requests).toEqual([]);
  });
});
