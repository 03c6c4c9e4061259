import type { KeyObject } from "node:crypto";
import { type Clock, hasEnded, secondsFrom } from "../shared/clock.js";
import { type KeySelector, KeySet } from "./key-set.js";
import type { FetchedKeySet } from "./key-set-response.js";
import { KeySetUnavailable } from "./key-set-unavailable.js";

/** Bounds of the lifetime from Cache-Control, and the default if there is none. */
const FRESH_SECONDS = { min: 60, default: 600, max: 3600 };
/** How long a stale set stays usable if it cannot be fetched again. */
const STALE_SECONDS = 6 * 3600;
const USABLE_SECONDS = FRESH_SECONDS.max + STALE_SECONDS;
/** Shortest time between two fetches, whether for an unknown key or after a failure. */
const COOLDOWN_SECONDS = 30;

interface CachedKeySet {
  keys: KeySet;
  freshUntil: Date;
  usableUntil: Date;
}

/** A JWK Set at a URL: fetched when needed, cached, and kept through outages of its server. */
export class RemoteKeySet {
  #cached: CachedKeySet | null = null;
  #fetching: Promise<void> | null = null;
  #nextAttempt = new Date(0);
  /** Why the last fetch failed. */
  #failure: unknown = null;

  constructor(
    private readonly fetchSet: () => Promise<FetchedKeySet>,
    private readonly clock: Clock,
  ) {}

  /**
   * The keys that a token with this header may be signed with: at least one.
   * @throws KeySetUnavailable, NoMatchingKey
   */
  async candidates(header: KeySelector): Promise<KeyObject[]> {
    const cached = this.#cached;
    const isStale = !cached || hasEnded(cached.freshUntil, this.clock.now(), FRESH_SECONDS.max);
    if (isStale) await this.#refresh();
    let candidates = this.#usable().candidates(header);
    if (candidates.length === 0 && (await this.#refresh())) {
      candidates = this.#usable().candidates(header);
    }
    if (candidates.length === 0) throw this.#usable().explainNoCandidates(header);
    return candidates;
  }

  /** @returns whether a fetch was made, by this call or by an earlier one that it waited for */
  async #refresh(): Promise<boolean> {
    if (!this.#fetching) {
      const now = this.clock.now();
      if (!hasEnded(this.#nextAttempt, now, COOLDOWN_SECONDS)) return false;
      this.#nextAttempt = secondsFrom(now, COOLDOWN_SECONDS);
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = null;
      });
    }
    // A failed fetch keeps the cached set; #usable throws if that set is too old.
    await this.#fetching.catch((error: unknown) => {
      this.#failure = error;
    });
    return true;
  }

  async #fetch(): Promise<void> {
    const { keySet, maxAgeSeconds } = await this.fetchSet();
    this.#failure = null;
    const keys = new KeySet(keySet.keys);
    const { min, default: defaultSeconds, max } = FRESH_SECONDS;
    const seconds = Math.min(Math.max(maxAgeSeconds ?? defaultSeconds, min), max);
    const freshUntil = secondsFrom(this.clock.now(), seconds);
    this.#cached = { keys, freshUntil, usableUntil: secondsFrom(freshUntil, STALE_SECONDS) };
  }

  #usable(): KeySet {
    if (!this.#cached || hasEnded(this.#cached.usableUntil, this.clock.now(), USABLE_SECONDS)) {
      if (this.#failure instanceof KeySetUnavailable) throw this.#failure;
      throw new KeySetUnavailable("The key set cannot be fetched", { cause: this.#failure });
    }
    return this.#cached.keys;
  }
}
