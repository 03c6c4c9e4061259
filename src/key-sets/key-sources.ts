import { type CryptoKey, createRemoteJWKSet, customFetch, errors, importJWK } from "jose";
import { LRUCache } from "lru-cache";
import { fetchKeySet } from "./key-set-fetch.js";
import type { Algorithm, PublicKey } from "./public-key.js";

type RemoteKeySet = ReturnType<typeof createRemoteJWKSet>;

/** Whose signatures to trust: keys that were given, or a set that the owner serves. */
export interface KeySource {
  jwksUrl: string | null;
  publicKeys: readonly PublicKey[];
}

export class KeySetUnavailable extends Error {
  override readonly name = "KeySetUnavailable";
}

const FETCH_TIMEOUT_MS = 5_000;
/** A key that is not in the set causes a new fetch at most so often. */
const COOLDOWN_MS = 30_000;
const MAX_AGE_MS = 600_000;
const MAX_KEY_SETS = 1000;
/** Keys tried for a token that names none. */
const MAX_CANDIDATES = 20;

/** Other people's public keys. Remote sets are fetched when first needed, and kept for a while. */
export class KeySources {
  readonly #keySets = new LRUCache<string, RemoteKeySet>({ max: MAX_KEY_SETS });

  constructor(private readonly allowInsecure: boolean) {}

  /**
   * The keys that a token with this header may be signed with.
   * @param owner no owner's cached set answers for another one's
   * @throws KeySetUnavailable
   */
  async candidates(
    owner: string,
    { jwksUrl, publicKeys }: KeySource,
    header: { alg: string; kid?: string | undefined },
  ): Promise<CryptoKey[]> {
    if (jwksUrl) return this.#remoteCandidates(owner, jwksUrl, header);
    // `kid` is whatever the signer calls its key; keys that were given have no such name.
    const fitting = publicKeys.filter((key) => key.algorithms.includes(header.alg as Algorithm));
    return Promise.all(
      fitting.map(async ({ jwk }) => (await importJWK(jwk, header.alg)) as CryptoKey),
    );
  }

  async #remoteCandidates(owner: string, url: string, header: { alg: string }) {
    try {
      return [await this.#keySetOf(owner, url)(header)];
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return [];
      if (error instanceof errors.JWKSMultipleMatchingKeys) return firstOf(error);
      throw new KeySetUnavailable("the key set cannot be had", { cause: error });
    }
  }

  #keySetOf(owner: string, url: string): RemoteKeySet {
    const key = `${owner} ${url}`;
    const known = this.#keySets.get(key);
    if (known) return known;
    const { allowInsecure } = this;
    const keySet = createRemoteJWKSet(new URL(url), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: MAX_AGE_MS,
      [customFetch]: async (href, { signal }) => fetchKeySet(href, { allowInsecure, signal }),
    });
    this.#keySets.set(key, keySet);
    return keySet;
  }
}

async function firstOf(keys: AsyncIterable<CryptoKey>): Promise<CryptoKey[]> {
  const candidates: CryptoKey[] = [];
  for await (const key of keys) {
    candidates.push(key);
    if (candidates.length === MAX_CANDIDATES) break;
  }
  return candidates;
}
