import type { KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Clock } from "../shared/clock.js";
import { type KeySelector, KeySet, NoMatchingKey } from "./key-set.js";
import { fetchKeySet, type KeySetFetchOptions } from "./key-set-fetch.js";
import type { FetchedKeySet } from "./key-set-response.js";
import { KeySetUnavailable } from "./key-set-unavailable.js";
import type { Algorithm, PublicKey } from "./public-key.js";
import { RemoteKeySet } from "./remote-key-set.js";

/** Where the public keys of a signer are: stored here, or in a JWK Set at a URL. */
export interface KeySource {
  jwksUrl: string | null;
  publicKeys: readonly PublicKey[];
}

/** What a fetch of a key set has shown. */
export interface KeySetOutcome {
  /** Whose key set: `client` or `profile`, the project's id, and its own. */
  owner: string;
  /** Null: it is of use. */
  failure: string | null;
  /** What the clock of its server shows. */
  date: Date | null;
}

const MAX_KEY_SETS = 1000;
const MAX_STORED_KEYS = 1000;

/** Finds the public keys that verify the JWTs of other issuers. */
export class KeySources {
  readonly #keySets = new LRUCache<string, RemoteKeySet>({ max: MAX_KEY_SETS });
  /** The parsed key of each thumbprint, as a set of one key. Never stale, since it names the key. */
  readonly #storedKeys = new LRUCache<string, KeySet, PublicKey>({
    max: MAX_STORED_KEYS,
    memoMethod: (_thumbprint, _stale, { context }) => new KeySet([context.jwk]),
  });

  constructor(
    private readonly clock: Clock,
    private readonly fetchOptions: KeySetFetchOptions,
    private readonly onOutcome: (outcome: KeySetOutcome) => void = () => {},
  ) {}

  /**
   * The keys that a token with this header may be signed with: at least one.
   * @param owner whose cached key set to use: owners with the same URL share none
   * @throws KeySetUnavailable, NoMatchingKey
   */
  async candidates(
    owner: string,
    { jwksUrl, publicKeys }: KeySource,
    header: KeySelector,
  ): Promise<KeyObject[]> {
    if (jwksUrl) return this.#remoteKeySet(owner, jwksUrl).candidates(header);
    // `kid` is the signer's name for its key, and stored keys do not have it.
    const { alg } = header;
    const candidates = publicKeys
      .filter((key) => key.algorithms.includes(alg as Algorithm))
      .flatMap((key) =>
        this.#storedKeys.memo(key.publicKeyId, { context: key }).candidates({ alg }),
      );
    if (candidates.length > 0) return candidates;
    throw new NoMatchingKey("alg", "None of the public keys is for the token's algorithm");
  }

  /**
   * Fetches the key set, whether it is cached or not.
   * @throws KeySetUnavailable
   */
  async fetch(owner: string, url: string): Promise<FetchedKeySet> {
    try {
      const fetched = await fetchKeySet(url, this.fetchOptions);
      this.onOutcome({ owner, failure: null, date: fetched.date });
      return fetched;
    } catch (error) {
      if (error instanceof KeySetUnavailable) {
        this.onOutcome({ owner, failure: error.message, date: null });
      }
      throw error;
    }
  }

  #remoteKeySet(owner: string, url: string): RemoteKeySet {
    const key = `${owner} ${url}`;
    const cached = this.#keySets.get(key);
    if (cached) return cached;
    const keySet = new RemoteKeySet(() => this.fetch(owner, url), this.clock);
    this.#keySets.set(key, keySet);
    return keySet;
  }
}
