import type { KeyObject } from "node:crypto";
import {
  type Algorithm,
  claimedAlgorithms,
  PublicKeyError,
  toVerificationKey,
} from "./public-key.js";

/** Keys of a set that count. */
const MAX_KEYS = 100;
/** Keys to parse and try for one token. Parsing a long one takes a millisecond. */
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

/** A JWK Set of somebody else. Keys that are not acceptable are ignored (RFC 7517 section 5). */
export class KeySet {
  readonly #keys: readonly Key[];

  constructor(jwks: readonly object[]) {
    this.#keys = jwks.slice(0, MAX_KEYS).map((jwk) => new Key(jwk));
  }

  /** The keys that a JWT with this header may be signed with. */
  candidates({ alg, kid }: KeySelector): KeyObject[] {
    return this.#named(kid)
      .filter(({ algorithms }) => algorithms.includes(alg as Algorithm))
      .slice(0, MAX_CANDIDATES)
      .flatMap((candidate) => candidate.key ?? []);
  }

  /** @throws KeySetUnavailable if the set has no acceptable key, or none with this `kid` */
  assertUsable({ kid }: KeySelector): void {
    const named = this.#named(kid);
    if ((named.length === 0 || hasUsable(named)) && hasUsable(this.#keys)) return;
    const cause = named.findLast(({ problem }) => problem)?.problem;
    throw new KeySetUnavailable("the key set has no usable key", { cause });
  }

  #named(kid: string | undefined): readonly Key[] {
    return kid === undefined ? this.#keys : this.#keys.filter((key) => key.kid === kid);
  }
}

/** Parses as few keys as possible, and no more than for a token. */
function hasUsable(keys: readonly Key[]): boolean {
  const claimed = keys.filter(({ algorithms }) => algorithms.length > 0);
  return claimed.slice(0, MAX_CANDIDATES).some(({ key }) => key !== null);
}

/** A key of a set, which is parsed once, when a token needs it: whose set it is may choose long keys. */
class Key {
  readonly kid: unknown;
  /** What it claims to be for; empty if it is not acceptable for a reason that is visible without parsing it. */
  readonly algorithms: readonly Algorithm[];
  #key: KeyObject | null | undefined;
  #problem: PublicKeyError | undefined;

  constructor(private readonly jwk: object) {
    this.kid = (jwk as { kid?: unknown }).kid;
    this.algorithms = this.#unless(() => claimedAlgorithms(jwk)) ?? [];
  }

  /** Null if it is not acceptable. */
  get key(): KeyObject | null {
    if (this.#key === undefined && !this.#problem) {
      this.#key = this.#unless(() => toVerificationKey(this.jwk).key);
    }
    return this.#key ?? null;
  }

  /** Why it is not acceptable. */
  get problem(): PublicKeyError | undefined {
    return this.#problem;
  }

  #unless<T>(parse: () => T): T | null {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof PublicKeyError)) throw error;
      this.#problem = error;
      return null;
    }
  }
}
