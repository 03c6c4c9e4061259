import { type CryptoKey, createLocalJWKSet, errors, type JSONWebKeySet } from "jose";
import { type Clock, secondsFrom } from "../shared/clock.js";
import type { FetchedKeySet } from "./key-set-fetch.js";

/** Bounds for what Cache-Control says, and what counts where it says nothing. */
const FRESH_SECONDS = { min: 60, default: 600, max: 3600 };
/** A set that cannot be fetched again goes on to serve for so long. */
const STALE_SECONDS = 6 * 3600;
/** A key that is not in the set, or a failed fetch, leads to another fetch after so long. */
const COOLDOWN_SECONDS = 30;
/** Keys tried for a token that names none. */
const MAX_CANDIDATES = 20;

export class KeySetUnavailable extends Error {
  override readonly name = "KeySetUnavailable";
}

interface CachedKeySet {
  find: ReturnType<typeof createLocalJWKSet>;
  freshUntil: Date;
  usableUntil: Date;
}

/** One key set that somebody else serves: fetched when needed, shared, and kept through outages. */
export class RemoteKeySet {
  #cached: CachedKeySet | null = null;
  #fetching: Promise<void> | null = null;
  #nextAttempt = new Date(0);

  constructor(
    private readonly fetchSet: () => Promise<FetchedKeySet>,
    private readonly clock: Clock,
  ) {}

  /**
   * The keys that a token with this header may be signed with; none for an unknown `kid`.
   * @throws KeySetUnavailable
   */
  async candidates(header: { alg: string; kid?: string | undefined }): Promise<CryptoKey[]> {
    if (!this.#cached || this.#cached.freshUntil <= this.clock.now()) await this.#refresh();
    const found = await this.#find(header);
    if (found.length > 0 || !(await this.#refresh())) return found;
    return this.#find(header);
  }

  /** @returns whether a fetch was made, by this call or by one that it joined */
  async #refresh(): Promise<boolean> {
    if (!this.#fetching) {
      const now = this.clock.now();
      if (now < this.#nextAttempt) return false;
      this.#nextAttempt = secondsFrom(now, COOLDOWN_SECONDS);
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = null;
      });
    }
    // A failure is told by what is known afterwards.
    await this.#fetching.catch(() => undefined);
    return true;
  }

  async #fetch(): Promise<void> {
    const { keySet, maxAgeSeconds } = await this.fetchSet();
    const find = createLocalJWKSet(keySet as unknown as JSONWebKeySet);
    const { min, default: usual, max } = FRESH_SECONDS;
    const seconds = Math.min(Math.max(maxAgeSeconds ?? usual, min), max);
    const freshUntil = secondsFrom(this.clock.now(), seconds);
    this.#cached = { find, freshUntil, usableUntil: secondsFrom(freshUntil, STALE_SECONDS) };
  }

  async #find(header: { alg: string; kid?: string | undefined }): Promise<CryptoKey[]> {
    if (!this.#cached || this.#cached.usableUntil <= this.clock.now()) {
      throw new KeySetUnavailable("the key set cannot be had");
    }
    try {
      return [await this.#cached.find(header)];
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return [];
      if (error instanceof errors.JWKSMultipleMatchingKeys) return takeCandidates(error);
      // The key of this name cannot be used: it is private, or of a kind that we do not know.
      throw new KeySetUnavailable("the key cannot be used", { cause: error });
    }
  }
}

async function takeCandidates(keys: AsyncIterable<CryptoKey>): Promise<CryptoKey[]> {
  const candidates: CryptoKey[] = [];
  for await (const key of keys) {
    candidates.push(key);
    if (candidates.length === MAX_CANDIDATES) break;
  }
  return candidates;
}
