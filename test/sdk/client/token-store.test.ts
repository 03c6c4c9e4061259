import {
  type TokenSource,
  type TokenSourceOptions,
  type TokenStore,
} from "@countersign/sdk/client";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { generateKeyPair, UnsecuredJWT } from "jose";
import { freezeTime, ScriptedEndpoint, tokenAnswer, whileTimePasses } from "./scripted-endpoint.js";

interface Entry {
  token: string;
  expiresAt: Date;
}

class MemoryStore implements TokenStore {
  readonly entries = new Map<string, Entry>();
  async get(key: string) {
    return this.entries.get(key)?.token ?? null;
  }
  async set(key: string, token: string, { expiresAt }: { expiresAt: Date }) {
    this.entries.set(key, { token, expiresAt });
  }
}

describe("a token source's store", () => {
  let endpoint: ScriptedEndpoint;
  let store: MemoryStore;

  beforeEach(() => {
    freezeTime();
    endpoint = new ScriptedEndpoint();
    store = new MemoryStore();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  /** A source of a process that has just begun. */
  const source = (options: Partial<TokenSourceOptions> = {}) =>
    endpoint.source({ store, ...options });
  /** By steps, since hashes and signatures take real time. */
  const tokenOf = async (tokens = source()) =>
    (await whileTimePasses(tokens.getToken(), 1)).accessToken;
  const onlyEntry = () => [...store.entries][0] as [string, Entry];

  test("gives a token to the next process while it is valid", async () => {
    const first = await whileTimePasses(source().getToken(), 1);
    expect(await tokenOf()).toBe("token-1");
    expect(endpoint.requests).toHaveLength(1);
    const [key, { expiresAt }] = onlyEntry();
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(expiresAt).toEqual(first.expiresAt);
    await jest.advanceTimersByTimeAsync(3_590_000);
    expect(await tokenOf()).toBe("token-2");
  });

  test("keeps the tokens of different requests, clients and keys apart", async () => {
    const keyPair = await generateKeyPair("ES256");
    const workload = (sub: string) => ({
      workloadToken: () => new UnsecuredJWT({ iss: "https://platform.test", sub }).encode(),
    });
    const variants: Partial<TokenSourceOptions>[] = [
      {},
      { issuer: "https://auth.example.test/other" },
      { clientId: "another" },
      { audience: "https://api.test" },
      { scopes: ["a"] },
      { parameters: { tenant: "1" } },
      { parameters: { tenant: "2" } },
      { ...workload("a") },
      { ...workload("b") },
      { dpop: { keyPair } },
    ];
    for (let round = 0; round < 2; round++) {
      for (const [index, options] of variants.entries()) {
        endpoint.script = () =>
          tokenAnswer(`of-${index}`, options.dpop ? { token_type: "DPoP" } : {});
        expect(await tokenOf(source(options))).toBe(`of-${index}`);
      }
    }
    expect(endpoint.requests).toHaveLength(variants.length);
    expect(store.entries.size).toBe(variants.length);
    const ordered = source({ scopes: ["a", "b"] });
    endpoint.script = () => tokenAnswer("of-two-scopes");
    await tokenOf(ordered);
    expect(await tokenOf(source({ scopes: ["b", "a"] }))).toBe("of-two-scopes");
    expect(endpoint.requests).toHaveLength(variants.length + 1);
  });

  test("is asked before a renewal, since another process may have renewed", async () => {
    const early = source();
    await tokenOf(early);
    await jest.advanceTimersByTimeAsync(3_000_000);
    const late = source();
    expect(await tokenOf(late)).toBe("token-1");
    await whileTimePasses(renewalOf(late), 1);
    expect(await tokenOf(early)).toBe("token-1");
    await whileTimePasses(renewalOf(early), 1);
    expect(endpoint.requests).toHaveLength(2);
  });

  const damages: [string, (token: Record<string, unknown>) => unknown][] = [
    ["no end", ({ lifeMs: _, ...token }) => token],
    ["an end that became null", (token) => ({ ...token, lifeMs: null })],
    ["no beginning", ({ requestedAt: _, ...token }) => token],
    ["a beginning tomorrow", (token) => ({ ...token, requestedAt: Date.now() + 86_400_000 })],
    ["a life of a century", (token) => ({ ...token, lifeMs: 3.2e12 })],
    ["a text in place of the token", (token) => ({ ...token, accessToken: "a\r\nb: c" })],
    ["another type", (token) => ({ ...token, tokenType: "mac" })],
    ["nothing", () => null],
  ];
  test.each(damages)("is not believed when a token has %s", async (_, damage) => {
    await tokenOf();
    const [key, entry] = onlyEntry();
    const token = JSON.stringify(damage(JSON.parse(entry.token)));
    store.entries.set(key, { ...entry, token });
    expect(await tokenOf()).toBe("token-2");
  });

  test.each<[string, TokenStore]>([
    [
      "fails",
      {
        get: () => Promise.reject(new Error("no store")),
        set: () => {
          throw new Error("no store");
        },
      },
    ],
    ["hangs", { get: () => new Promise(() => {}), set: () => new Promise(() => {}) }],
    ["answers nonsense", { get: async () => 7 as never, set: async () => {} }],
  ])("is as good as none when it %s", async (_, bad) => {
    const tokens = source({ store: bad });
    const { accessToken } = await whileTimePasses(tokens.getToken());
    expect(accessToken).toBe("token-1");
    expect((await tokens.getToken()).accessToken).toBe("token-1");
  });

  test("keeps no token that is for one use", async () => {
    endpoint.script = () => tokenAnswer("once", { expires_in: undefined });
    await tokenOf();
    expect(store.entries.size).toBe(0);
  });
});

async function renewalOf(tokens: TokenSource): Promise<void> {
  while ((await tokens.getToken()).accessToken !== "token-2") {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
