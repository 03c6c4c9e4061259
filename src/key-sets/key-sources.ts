import { type CryptoKey, importJWK } from "jose";
import { LRUCache } from "lru-cache";
import type { Clock } from "../shared/clock.js";
import { fetchKeySet } from "./key-set-fetch.js";
import type { Algorithm, PublicKey } from "./public-key.js";
import { RemoteKeySet } from "./remote-key-set.js";

/** Whose signatures to trust: keys that were given, or a set that the owner serves. */
export interface KeySource {
  jwksUrl: string | null;
  publicKeys: readonly PublicKey[];
}

const FETCH_TIMEOUT_MS = 5_000;
const MAX_KEY_SETS = 1000;

/** Other people's public keys. */
export class KeySources {
  readonly #keySets = new LRUCache<string, RemoteKeySet>({ max: MAX_KEY_SETS });

  constructor(
    private readonly clock: Clock,
    private readonly allowInsecure: boolean,
  ) {}

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
    if (jwksUrl) return this.#remoteKeySet(owner, jwksUrl).candidates(header);
    // `kid` is whatever the signer calls its key; keys that were given have no such name.
    const fitting = publicKeys.filter((key) => key.algorithms.includes(header.alg as Algorithm));
    return Promise.all(
      fitting.map(async ({ jwk }) => (await importJWK(jwk, header.alg)) as CryptoKey),
    );
  }

  #remoteKeySet(owner: string, url: string): RemoteKeySet {
    const key = `${owner} ${url}`;
    const known = this.#keySets.get(key);
    if (known) return known;
    const { allowInsecure } = this;
    const fetchSet = () =>
      fetchKeySet(url, { allowInsecure, signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    const keySet = new RemoteKeySet(fetchSet, this.clock);
    this.#keySets.set(key, keySet);
    return keySet;
  }
}
