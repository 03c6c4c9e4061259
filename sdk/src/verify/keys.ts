import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { refused } from "./token-refused.js";

/** A set that has been read. Each key is imported once, at its first use. */
export interface Keys {
  find: JWTVerifyGetKey;
  /** Whether the set has a key with this id, for whatever algorithm. */
  has(kid: string): boolean;
}

/** Where a verifier has its keys from. */
export interface KeySource {
  /** @throws TokenRefused KEY_SET_UNAVAILABLE */
  current(): Keys | Promise<Keys>;
  /**
   * Looks again, because a token names a key that the current set lacks.
   * @throws TokenRefused KEY_SET_UNAVAILABLE if that cannot be found out now
   */
  lookAgain(): Promise<Keys>;
}

/** More keys than any project has while it changes all of its algorithms. */
const MAX_KEYS = 100;

/** @throws TypeError, or an error of jose, if it is no JWK Set that a verifier can use */
export function readKeys(jwks: JSONWebKeySet): Keys {
  const find = createLocalJWKSet(jwks);
  const { keys } = find.jwks();
  if (keys.length === 0) throw new TypeError("The key set is empty");
  if (keys.length > MAX_KEYS) throw new TypeError(`The key set has more than ${MAX_KEYS} keys`);
  const ids = new Set(keys.map(({ kid }) => kid));
  const found = new Map<string, Awaited<ReturnType<typeof find>>>();
  return {
    find: async (header, jws) => {
      const name = typeof header.kid === "string" ? `${header.alg} ${header.kid}` : null;
      const known = name && found.get(name);
      if (known) return known;
      const key = await find(header, jws).catch((error: unknown) => {
        // Another error is about a key of the set: no fault of the token.
        const isOfToken =
          error instanceof errors.JWKSNoMatchingKey ||
          (error instanceof errors.JWKSMultipleMatchingKeys && !name);
        throw isOfToken ? error : refused("KEY_SET_UNAVAILABLE", undefined, { cause: error });
      });
      if (name) found.set(name, key);
      return key;
    },
    has: (kid) => ids.has(kid),
  };
}

/** Keys that never change. */
export function staticKeys(jwks: JSONWebKeySet): KeySource {
  const keys = readKeys(jwks);
  return { current: () => keys, lookAgain: async () => keys };
}
