import { createVerifier, TokenRefused } from "@countersign/sdk/verify";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { advance, fakeDate, ScriptedIssuer, unreachable } from "./scripted-issuer.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const UNAVAILABLE = { code: "KEY_SET_UNAVAILABLE", status: 503 };

describe("a verifier whose issuer does not serve its keys", () => {
  let issuer: ScriptedIssuer;

  beforeEach(async () => {
    fakeDate();
    issuer = new ScriptedIssuer();
    await issuer.createKey("key_1");
    // Published before it signs.
    await issuer.createKey("key_2");
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const statusOf = async (verification: Promise<unknown>) =>
    verification.then(
      () => 200,
      (error: unknown) => (error instanceof TokenRefused ? error.status : error),
    );

  test("refuses no good token for twelve hours, in which the key that signs changes", async () => {
    const failures: Error[] = [];
    const onKeySetFailure = (error: Error) => failures.push(error);
    const verifier = createVerifier({ ...issuer.options, onKeySetFailure });
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    issuer.answer = unreachable;
    const statuses = new Map<unknown, number>();
    const forged = await issuer.token("key_1", {}, { kid: "key_2" });
    for (let minute = 0; minute < 12 * 60; minute++) {
      advance(MINUTE);
      const kid = minute < 6 * 60 ? "key_1" : "key_2";
      const status = await statusOf(verifier.verifyAccessToken(await issuer.token(kid)));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (minute % 60 > 0) continue;
      // Bad tokens stay bad.
      expect(await statusOf(verifier.verifyAccessToken(forged))).toBe(401);
    }
    expect(statuses).toEqual(new Map([[200, 12 * 60]]));
    expect(failures).toHaveLength(issuer.requests.length - 1);
    // Pauses between attempts grow to a minute.
    expect(issuer.requests.length).toBeLessThanOrEqual(12 * 60);
    expect(issuer.requests.length).toBeGreaterThan(6 * 60);
  });

  test("cannot tell after a day, and can again as soon as the keys are served", async () => {
    const verifier = createVerifier(issuer.options);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    issuer.answer = unreachable;
    advance(24 * HOUR - 1);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    advance(1);
    const token = await issuer.token("key_1");
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(UNAVAILABLE);
    issuer.answer = null;
    advance(MINUTE);
    await verifier.verifyAccessToken(token);
  });

  test("keeps the keys for as long as it is told", async () => {
    for (const [maxStaleSeconds, usable] of [
      [0, 300],
      [HOUR, HOUR],
    ] as const) {
      issuer.answer = null;
      const verifier = createVerifier({ ...issuer.options, maxStaleSeconds });
      await verifier.verifyAccessToken(await issuer.token("key_1"));
      issuer.answer = unreachable;
      advance(usable - 1);
      await verifier.verifyAccessToken(await issuer.token("key_1"));
      advance(1);
      const token = await issuer.token("key_1");
      await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject(UNAVAILABLE);
    }
  });

  test("does not know whether an unknown key is good, and asks no more often for a flood of them", async () => {
    const verifier = createVerifier(issuer.options);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    advance(11);
    issuer.answer = unreachable;
    await issuer.createKey("key_3");
    for (let second = 0; second < 5 * MINUTE; second++) {
      const unknown = [
        await issuer.token("key_3"),
        await issuer.token("key_1", {}, { kid: "junk" }),
      ];
      for (const token of unknown) {
        expect(await statusOf(verifier.verifyAccessToken(token))).toBe(503);
      }
      expect(await statusOf(verifier.verifyAccessToken(await issuer.token("key_1")))).toBe(200);
      advance(1);
    }
    expect(issuer.requests.length).toBeLessThan(15);
    issuer.answer = null;
    advance(MINUTE);
    await verifier.verifyAccessToken(await issuer.token("key_3"));
    const junk = await issuer.token("key_1", {}, { kid: "junk" });
    expect(await statusOf(verifier.verifyAccessToken(junk))).toBe(401);
  });

  test("lets nobody wait for it once it has failed, and gives up an attempt without an end", async () => {
    const verifier = createVerifier(issuer.options);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    issuer.answer = unreachable;
    advance(10 * MINUTE);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    issuer.answer = () => new Promise(() => {});
    const startedAt = performance.now();
    advance(30);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    expect(issuer.requests).toHaveLength(3);
    advance(20);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    expect(issuer.requests).toHaveLength(4);
    // Whoever waits gives up after six seconds.
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  test("is not worsened by a hook that fails", async () => {
    for (const onKeySetFailure of [
      () => Promise.reject(new Error("no metrics")),
      () => {
        throw new Error("no metrics");
      },
    ]) {
      issuer.answer = unreachable;
      const verifier = createVerifier({ ...issuer.options, onKeySetFailure });
      await expect(verifier.prefetch()).rejects.toMatchObject({ code: "KEY_SET_UNAVAILABLE" });
    }
  });

  test("does not use a revoked key once more because of a failure of long ago", async () => {
    const verifier = createVerifier(issuer.options);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    issuer.answer = unreachable;
    advance(250);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    expect(issuer.requests).toHaveLength(2);
    issuer.answer = null;
    issuer.served = issuer.served.filter(({ kid }) => kid !== "key_1");
    advance(HOUR);
    const revoked = await issuer.token("key_1");
    expect(await statusOf(verifier.verifyAccessToken(revoked))).toBe(401);
  });

  test("cannot tell if it never had the keys", async () => {
    issuer.answer = unreachable;
    const verifier = createVerifier(issuer.options);
    for (let second = 0; second < MINUTE; second++) {
      const token = await issuer.token("key_1");
      await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject({
        ...UNAVAILABLE,
        cause: expect.objectContaining({
          message: expect.stringMatching(/jwks\.json: fetch failed$/),
        }),
      });
      advance(1);
    }
    expect(issuer.requests.length).toBeLessThan(10);
  });

  test("survives a clock that is put back", async () => {
    const verifier = createVerifier(issuer.options);
    advance(48 * HOUR);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    advance(-48 * HOUR);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
    issuer.answer = unreachable;
    advance(10 * MINUTE);
    await verifier.verifyAccessToken(await issuer.token("key_1"));
  });
});
