import { type CryptoKey, createRemoteJWKSet, customFetch, errors } from "jose";
import { LRUCache } from "lru-cache";
import { invalidTrustedAuthToken } from "./invalid-token.js";
import { fetchKeySet } from "./key-set-fetch.js";
import type { TrustedAuthProfile } from "./profile.entity.js";

type RemoteKeySet = ReturnType<typeof createRemoteJWKSet>;

const FETCH_TIMEOUT_MS = 5_000;
/** A key that is not in the set causes a new fetch at most so often. */
const COOLDOWN_MS = 30_000;
const MAX_AGE_MS = 600_000;
const MAX_KEY_SETS = 1000;
/** Keys tried for a token that names none. */
const MAX_CANDIDATES = 20;

/** The key sets that profiles name by URL; fetched when first needed, and kept for a while. */
export class ExternalKeySets {
  readonly #keySets = new LRUCache<string, RemoteKeySet>({ max: MAX_KEY_SETS });

  constructor(private readonly allowInsecure: boolean) {}

  /**
   * The keys that a token with this header may be signed with.
   * @throws INVALID_TRUSTED_AUTH_TOKEN: KEY_SET_UNAVAILABLE
   */
  async candidates(
    profile: TrustedAuthProfile,
    header: { alg: string; kid: string | undefined },
  ): Promise<CryptoKey[]> {
    try {
      return [await this.#keySetOf(profile)(header)];
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return [];
      if (error instanceof errors.JWKSMultipleMatchingKeys) return firstOf(error);
      throw invalidTrustedAuthToken("KEY_SET_UNAVAILABLE", { cause: error });
    }
  }

  #keySetOf({ profileId, jwksUrl }: TrustedAuthProfile): RemoteKeySet {
    const key = `${profileId} ${jwksUrl}`;
    const known = this.#keySets.get(key);
    if (known) return known;
    const { allowInsecure } = this;
    const keySet = createRemoteJWKSet(new URL(jwksUrl ?? ""), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: MAX_AGE_MS,
      [customFetch]: async (url, { signal }) => fetchKeySet(url, { allowInsecure, signal }),
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
