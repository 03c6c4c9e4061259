import type { JSONWebKeySet } from "jose";
import { withinTimeout } from "../shared/within-timeout.js";
import { type Fetch, fetchJson, MAX_REQUEST_SECONDS } from "./bounded-request.js";
import { type KeySource, type Keys, readKeys } from "./keys.js";
import { refused } from "./token-refused.js";

/** Bounds of the lifetime from Cache-Control, and the default if there is none. */
const FRESH_SECONDS = { min: 60, default: 300, max: 3600 };
/** After this part of its lifetime a set is fetched again in the background. */
const REFRESH_AT = 0.75;
/** Fetches for unknown keys, however many tokens name one: three at once, then one each ten seconds. */
const LOOKUPS = { atOnce: 3, everySeconds: 10 };
/** A set that is not older is taken for what the issuer serves now. */
const CURRENT_SECONDS = 1;
/** Pause after the first failed fetch, which doubles with each further one. */
const RETRY_SECONDS = { first: 1, max: 60 };
/** So long after a pause has ended without another attempt, nobody knows whether the endpoint is still down. */
const DOWN_SECONDS = 60;
/** Runtimes may drop a fetch whose request has ended, without a word. */
const ABANDONED_SECONDS = 15;

interface FetchedKeys {
  keys: Keys;
  etag: string | null;
  fetchedAt: number;
  lifetimeSeconds: number;
}

export interface RemoteKeysOptions {
  url: string;
  fetch: Fetch | undefined;
  /** For how long since it was fetched a set stays in use while it cannot be fetched again. */
  maxStaleSeconds: number;
  onFailure: (error: Error) => void;
}

/**
 * The key set of one issuer: fetched at its first use, refreshed in the background, and kept through outages for a
 * bounded time (ADR 0033). It has no timers: what nobody uses fetches nothing.
 */
export class RemoteKeys implements KeySource {
  #fetched: FetchedKeys | null = null;
  #fetching: { result: Promise<void>; startedAt: number } | null = null;
  #failures: { count: number; last: Error; retryAt: number } | null = null;
  #lookups = { left: LOOKUPS.atOnce, at: 0 };

  constructor(private readonly options: RemoteKeysOptions) {}

  current(): Keys | Promise<Keys> {
    const fetched = this.#fetched;
    return fetched && !this.#isOlderThan(REFRESH_AT) ? fetched.keys : this.#refreshed();
  }

  async #refreshed(): Promise<Keys> {
    const isDown = Date.now() < (this.#failures?.retryAt ?? 0) + DOWN_SECONDS * 1000;
    const refresh = this.#refresh();
    // While the endpoint is known to be down, only who has no keys at all waits for it.
    const canGoOn = this.#usable() !== null && (isDown || !this.#isOlderThan(1));
    if (!canGoOn) await this.#finished(refresh);
    return this.#usable() ?? this.#fail();
  }

  async lookAgain(): Promise<Keys> {
    const isCurrent = !this.#failures && this.#ageSeconds() < CURRENT_SECONDS;
    if (this.#fetching || this.#failures || (!isCurrent && this.#mayLookUp())) {
      await this.#finished(this.#refresh());
    }
    // The key may be one that the issuer has published since.
    if (this.#failures) this.#fail();
    return this.#usable() ?? this.#fail();
  }

  #mayLookUp(): boolean {
    const now = Date.now();
    const { left, at } = this.#lookups;
    const regained = Math.abs(now - at) / 1000 / LOOKUPS.everySeconds;
    const available = Math.min(LOOKUPS.atOnce, left + regained);
    if (available < 1) return false;
    this.#lookups = { left: available - 1, at: now };
    return true;
  }

  async #finished(refresh: Promise<void> | null): Promise<void> {
    if (refresh !== null) await withinTimeout(refresh, MAX_REQUEST_SECONDS).catch(() => {});
  }

  /** @returns null during the pause after a failure; it never rejects */
  #refresh(): Promise<void> | null {
    const now = Date.now();
    if (this.#fetching && Math.abs(now - this.#fetching.startedAt) < ABANDONED_SECONDS * 1000) {
      return this.#fetching.result;
    }
    const pause = (this.#failures?.retryAt ?? 0) - now;
    // A longer one comes from a clock that has been put back.
    if (pause > 0 && pause <= RETRY_SECONDS.max * 1000) return null;
    const result = this.#fetch()
      .then(
        (fetched) => {
          this.#fetched = fetched;
          this.#failures = null;
        },
        (error: unknown) => this.#recordFailure(error),
      )
      .finally(() => {
        if (this.#fetching?.result === result) this.#fetching = null;
      });
    this.#fetching = { result, startedAt: now };
    return result;
  }

  async #fetch(): Promise<FetchedKeys> {
    const { url, fetch } = this.options;
    const last = this.#fetched;
    const headers: Record<string, string> = { accept: "application/json" };
    if (last?.etag) headers["if-none-match"] = last.etag;
    const { response, json } = await fetchJson(fetch, url, { headers });
    const unchanged = response.status === 304 ? last : null;
    return {
      keys: unchanged?.keys ?? readKeys(json as JSONWebKeySet),
      etag: response.headers.get("etag") ?? unchanged?.etag ?? null,
      fetchedAt: Date.now(),
      lifetimeSeconds: lifetimeSeconds(response.headers),
    };
  }

  #recordFailure(error: unknown): void {
    const count = (this.#failures?.count ?? 0) + 1;
    const { first, max } = RETRY_SECONDS;
    const pauseSeconds = Math.min(max, first * 2 ** (count - 1));
    const last = error instanceof Error ? error : new Error(String(error));
    this.#failures = { count, last, retryAt: Date.now() + pauseSeconds * 1000 };
    this.options.onFailure(last);
  }

  #usable(): Keys | null {
    if (!this.#fetched) return null;
    const { keys, lifetimeSeconds } = this.#fetched;
    const usableSeconds = Math.max(lifetimeSeconds, this.options.maxStaleSeconds);
    return this.#ageSeconds() < usableSeconds ? keys : null;
  }

  /** @param part of the set's lifetime */
  #isOlderThan(part: number): boolean {
    return this.#ageSeconds() >= (this.#fetched?.lifetimeSeconds ?? 0) * part;
  }

  #ageSeconds(): number {
    return this.#fetched ? Math.abs(Date.now() - this.#fetched.fetchedAt) / 1000 : Infinity;
  }

  #fail(): never {
    throw refused("KEY_SET_UNAVAILABLE", undefined, { cause: this.#failures?.last });
  }
}

/** RFC 9111 sections 5.2.2 and 5.1: a cache on the way has used up part of the lifetime. */
function lifetimeSeconds(headers: Headers): number {
  const cacheControl = headers.get("cache-control") ?? "";
  const maxAge = /(?<![\w-])max-age="?(\d{1,9})/i.exec(cacheControl)?.[1];
  const isUncached = /\bno-(?:store|cache)\b/i.test(cacheControl);
  const age = Number(/^\d{1,9}$/.exec(headers.get("age") ?? "")?.[0] ?? 0);
  const { min, default: fallback, max } = FRESH_SECONDS;
  const seconds = isUncached ? 0 : maxAge === undefined ? fallback : Number(maxAge) - age;
  return Math.min(Math.max(seconds, min), max);
}
