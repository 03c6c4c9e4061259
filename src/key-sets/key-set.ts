import type { KeyObject } from "node:crypto";
import { InternalError } from "../shared/internal-error.js";
import { KeySetUnavailable } from "./key-set-unavailable.js";
import {
  type Algorithm,
  claimedAlgorithms,
  PublicKeyError,
  toVerificationKey,
} from "./public-key.js";

/** Keys of a set that count. */
const MAX_KEYS = 1000;
/** Keys to try for one token. */
const MAX_CANDIDATES = 5;
/** Keys that turn out not to be acceptable when they are parsed, which takes up to a millisecond for a long one. */
const MAX_WEAK_KEYS = 20;

/** The parameters of a JWT's header that select its key. */
export interface KeySelector {
  alg: string;
  kid?: string | undefined;
}

/** The keys of an issuer are usable, but none is for the JWT. */
export class NoMatchingKey extends InternalError {
  override readonly name = "NoMatchingKey";

  /** @param parameter what the JWT's header has and no key */
  constructor(
    readonly parameter: "kid" | "alg",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A JWK Set of somebody else. Keys that are not acceptable are ignored (RFC 7517 section 5). */
export class KeySet {
  readonly #keys: readonly Key[];

  constructor(jwks: readonly object[]) {
    this.#keys = jwks.slice(0, MAX_KEYS).map((jwk) => new Key(jwk));
  }

  /** The keys that a JWT with this header may be signed with. */
  candidates({ alg, kid }: KeySelector): KeyObject[] {
    const claimed = this.#named(kid).filter(({ algorithms }) =>
      algorithms.includes(alg as Algorithm),
    );
    return firstUsable(claimed, MAX_CANDIDATES);
  }

  /** Why the set has no candidates for this header. Nothing of the set but the number of its keys is told. */
  explainNoCandidates({ alg, kid }: KeySelector): KeySetUnavailable | NoMatchingKey {
    if (this.#keys.length === 0) return new KeySetUnavailable(NO_KEY);
    const named = this.#named(kid);
    if (kid !== undefined && named.length > 0 && !hasUsable(named)) {
      const problem = problemOf(named);
      return new KeySetUnavailable(
        `The key set's key with the token's kid is not usable: ${problem}`,
      );
    }
    if (!hasUsable(this.#keys)) {
      return new KeySetUnavailable(`The key set has no usable key: ${problemOf(this.#keys)}`);
    }
    if (named.length === 0) {
      const count = this.#keys.length;
      const keys = count === 1 ? "one key, which does not have" : `${count} keys, none with`;
      return new NoMatchingKey("kid", `The key set has ${keys} the token's kid`);
    }
    const claimed = named.filter((key) => key.algorithms.includes(alg as Algorithm));
    const problem = claimed.length > 0 ? `that is usable: ${problemOf(claimed)}` : "";
    const which = kid === undefined ? "has no key" : "has a key with the token's kid, but none";
    return new NoMatchingKey(
      "alg",
      `The key set ${which} for the token's algorithm ${problem}`.trim(),
    );
  }

  #named(kid: string | undefined): readonly Key[] {
    return kid === undefined ? this.#keys : this.#keys.filter((key) => key.kid === kid);
  }
}

const NO_KEY =
  "The key set has no key: the issuer may sign with a shared secret (HS256), as Supabase does before a project has asymmetric keys";

/** Parses no more keys than it needs, and a bounded number of those that are not acceptable. */
function firstUsable(keys: readonly Key[], count: number): KeyObject[] {
  const usable: KeyObject[] = [];
  let weak = 0;
  for (const { key } of keys) {
    if (key) usable.push(key);
    else weak++;
    if (usable.length === count || weak === MAX_WEAK_KEYS) break;
  }
  return usable;
}

function hasUsable(keys: readonly Key[]): boolean {
  const claimed = keys.filter(({ algorithms }) => algorithms.length > 0);
  return firstUsable(claimed, 1).length > 0;
}

function problemOf(keys: readonly Key[]): string {
  return keys.findLast(({ problem }) => problem)?.problem?.message ?? "no key is acceptable";
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
