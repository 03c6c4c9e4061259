import { createTokenSource, type TokenSourceOptions } from "@countersign/sdk/client";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { freezeTime, ScriptedEndpoint, settle, tokenAnswer } from "./scripted-endpoint.js";

const MINUTE_MS = 60_000;

describe("a token source's cache", () => {
  let endpoint: ScriptedEndpoint;

  beforeEach(() => {
    freezeTime();
    endpoint = new ScriptedEndpoint();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const source = (options: Partial<TokenSourceOptions> = {}) => endpoint.source(options);
  const pass = async (ms: number) => {
    await jest.advanceTimersByTimeAsync(ms);
    await settle();
  };

  test("makes one request of 10,000 concurrent calls", async () => {
    const tokens = source();
    const answers = await Promise.all(Array.from({ length: 10_000 }, () => tokens.getToken()));
    expect(endpoint.requests).toHaveLength(1);
    expect(new Set(answers.map(({ accessToken }) => accessToken))).toEqual(new Set(["token-1"]));
    expect(answers[0]).toEqual({
      accessToken: "token-1",
      tokenType: "Bearer",
      expiresAt: new Date(Date.now() + 3_600_000),
      scopes: ["a", "b"],
    });
  });

  test("keeps a token for each audience and set of scopes", async () => {
    const tokens = source({ audience: "https://a.test", scopes: ["x", "y"] });
    const ofA = await tokens.getToken();
    expect(await tokens.getToken({ scopes: ["y", "x", "x"] })).toEqual(ofA);
    const ofB = await tokens.getToken({ audience: "https://b.test" });
    expect(ofB.accessToken).not.toBe(ofA.accessToken);
    expect((await tokens.for({ audience: "https://b.test" }).getToken()).accessToken).toBe(
      ofB.accessToken,
    );
    await tokens.getToken({ scopes: ["x"] });
    const asked = endpoint.requests.map(({ form }) => [form["audience"], form["scope"]]);
    expect(asked).toEqual([
      ["https://a.test", "x y"],
      ["https://b.test", undefined],
      ["https://a.test", "x"],
    ]);
  });

  test("shares nothing with another source, which may have another secret", async () => {
    await source().getToken();
    await source({ clientSecret: "another" }).getToken();
    expect(endpoint.requests).toHaveLength(2);
  });

  test("renews in the background between 70 and 80 per cent of the token's life, and only when used", async () => {
    const ages = new Set<number>();
    for (let round = 0; round < 30; round++) {
      const from = endpoint.requests.length;
      const tokens = source();
      const { accessToken } = await tokens.getToken();
      const begun = Date.now();
      await pass(41 * MINUTE_MS);
      while (endpoint.requests.length === from + 1) {
        expect((await tokens.getToken()).accessToken).toBe(accessToken);
        await pass(MINUTE_MS / 4);
      }
      ages.add(((endpoint.requests.at(-1)?.at ?? 0) - begun) / 3_600_000);
      expect((await tokens.getToken()).accessToken).not.toBe(accessToken);
    }
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(0.7);
    expect(Math.max(...ages)).toBeLessThanOrEqual(0.81);
    expect(ages.size).toBeGreaterThan(5);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("serves the valid token while renewals fail, tells why, and asks seldom", async () => {
    const failures: unknown[] = [];
    const tokens = source({ onRenewalFailure: (error) => failures.push(error) });
    await tokens.getToken();
    endpoint.script = () => Promise.reject(new TypeError("fetch failed"));
    for (let minute = 0; minute < 59; minute++) {
      expect((await tokens.getToken()).accessToken).toBe("token-1");
      await pass(MINUTE_MS);
    }
    expect(failures.length).toBe(endpoint.requests.length - 1);
    expect(failures.length).toBeGreaterThan(1);
    expect(failures.length).toBeLessThan(8);
    expect(String(failures[0])).toContain("is not reachable");
  });

  test("gives each token request to waitUntil, and survives hooks that throw", async () => {
    const requests: Promise<unknown>[] = [];
    const tokens = source({
      onRenewalFailure: () => {
        throw new Error("a fault in the hook");
      },
      waitUntil: (request) => {
        requests.push(request);
        throw new Error("not in a request");
      },
    });
    await tokens.getToken();
    await pass(50 * MINUTE_MS);
    endpoint.script = () => Promise.reject(new TypeError("fetch failed"));
    expect((await tokens.getToken()).accessToken).toBe("token-1");
    await expect(Promise.all(requests)).resolves.toHaveLength(2);
    expect((await tokens.getToken()).accessToken).toBe("token-1");
  });

  test("gives up a request that was cut off, and leaves nobody waiting for it", async () => {
    const workloadToken = jest
      .fn<() => Promise<string>>()
      .mockReturnValueOnce(new Promise(() => {}))
      .mockResolvedValue("a.b.c");
    const issuer = "https://auth.example.test";
    const tokens = createTokenSource({ issuer, workloadToken, fetch: endpoint.fetch });
    const waiting = [tokens.getToken()];
    await pass(89_000);
    waiting.push(tokens.getToken());
    const ended = Promise.allSettled(waiting);
    expect(workloadToken).toHaveBeenCalledTimes(1);
    await pass(1_000);
    expect((await tokens.getToken()).accessToken).toBe("token-1");
    expect(await ended).toEqual(
      waiting.map(() => ({
        status: "rejected",
        reason: new Error("Nothing has come within 90 s"),
      })),
    );
  });

  test("holds a thousand tokens at most", async () => {
    const tokens = source();
    for (let scope = 0; scope <= 1000; scope++) await tokens.getToken({ scopes: [`${scope}`] });
    await tokens.getToken({ scopes: ["1000"] });
    expect(endpoint.requests).toHaveLength(1001);
    await tokens.getToken({ scopes: ["0"] });
    expect(endpoint.requests).toHaveLength(1002);
  });

  test("does not keep a token without expires_in", async () => {
    endpoint.script = (_, number) => tokenAnswer(`once-${number}`, { expires_in: undefined });
    const tokens = source();
    const [first, second] = await Promise.all([tokens.getToken(), tokens.getToken()]);
    expect(first).toMatchObject({ accessToken: "once-1", expiresAt: undefined });
    expect(second).toEqual(first);
    expect((await tokens.getToken()).accessToken).toBe("once-2");
  });

  test("never hands out a token in its last ten seconds, nor one that a slow answer made old", async () => {
    const tokens = source();
    await tokens.getToken();
    await pass(3_589_000);
    endpoint.script = () => Promise.reject(new TypeError("fetch failed"));
    expect((await tokens.getToken()).accessToken).toBe("token-1");
    await settle();
    endpoint.script = () => tokenAnswer("token-9", { expires_in: 30 });
    await pass(1_001);
    expect((await tokens.getToken()).accessToken).toBe("token-9");
    await pass(22_600);
    endpoint.script = () => tokenAnswer("token-10");
    expect((await tokens.getToken()).accessToken).toBe("token-10");
  });

  test.each([
    ["forwards, as after a laptop's sleep", 3_700_000],
    ["backwards by a day", -86_400_000],
  ])("survives a clock that jumps %s", async (_, jumpMs) => {
    const tokens = source();
    const { accessToken } = await tokens.getToken();
    jest.setSystemTime(Date.now() + jumpMs);
    if (jumpMs < 0) {
      expect((await tokens.getToken()).accessToken).toBe(accessToken);
      await pass(3_595_000);
    }
    expect((await tokens.getToken()).accessToken).toBe("token-2");
  });
});
