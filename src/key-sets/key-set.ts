import type { KeyObject } from "node:crypto";
import { type Algorithm, PublicKeyError, toVerificationKey } from "./public-key.js";

/** Keys that are read of a set; each costs about a tenth of a millisecond. */
const MAX_KEYS = 100;
/** Keys to try for a token without `kid`. */
const MAX_CANDIDATES = 5;

/** The keys of an issuer cannot be fetched or used, so its JWTs cannot be verified. */
export class KeySetUnavailable extends Error {
  override readonly name = "KeySetUnavailable";
}

/** The parameters of a JWT's header that select its key. */
export interface KeySelector {
  alg: string;
  kid?: string | undefined;
}

interface VerificationKey {
  kid: unknown;
  algorithms: readonly Algorithm[];
  key: KeyObject;
}

/** A JWK Set of somebody else. Keys that are not acceptable are ignored (RFC 7517 section 5). */
export class KeySet {
  readonly #keys: VerificationKey[] = [];
  /** Why the keys that are ignored are not acceptable, by `kid`. */
  readonly #problems = new Map<unknown, PublicKeyError>();

  constructor(jwks: readonly object[]) {
    for (const jwk of jwks.slice(0, MAX_KEYS)) {
      const { kid } = jwk as { kid?: unknown };
      try {
        this.#keys.push({ kid, ...toVerificationKey(jwk) });
      } catch (error) {
        if (!(error instanceof PublicKeyError)) throw error;
        this.#problems.set(kid, error);
      }
    }
  }

  /** The keys that a JWT with this header may be signed with. */
  candidates({ alg, kid }: KeySelector): KeyObject[] {
    return this.#keys
      .filter((candidate) => kid === undefined || candidate.kid === kid)
      .filter(({ algorithms }) => algorithms.includes(alg as Algorithm))
      .slice(0, MAX_CANDIDATES)
      .map(({ key }) => key);
  }

  /** @throws KeySetUnavailable if the set has no acceptable key, or none with this `kid` */
  assertUsable({ kid }: KeySelector): void {
    const isUsable = this.#keys.some((key) => kid === undefined || key.kid === kid);
    const cause = this.#problems.get(kid);
    if (this.#keys.length === 0 || (cause && !isUsable)) {
      throw new KeySetUnavailable("the key set has no usable key", { cause });
    }
  }
}
