import { withinTimeout } from "../shared/within-timeout.js";
import { type HeldToken, parseToken, serializeToken } from "./held-token.js";

/**
 * Keeps tokens between processes. Values are credentials: whoever reads them can use the tokens until they expire, and
 * whoever writes them chooses what is sent to your APIs. Keys are hashes. A store that fails or hangs is as good as
 * none.
 *
 * @example
 * declare const redis: {
 *   get(key: string): Promise<string | null>;
 *   set(key: string, value: string, options: { PXAT: number }): Promise<unknown>;
 * };
 * const store: TokenStore = {
 *   get: (key) => redis.get(key),
 *   set: (key, token, { expiresAt }) => redis.set(key, token, { PXAT: expiresAt.getTime() }),
 * };
 */
export interface TokenStore {
  get(key: string): Promise<string | null | undefined>;
  set(key: string, token: string, options: { expiresAt: Date }): Promise<unknown>;
}

const TIMEOUT_SECONDS = 1;

export async function readToken(store: TokenStore, key: string): Promise<HeldToken | undefined> {
  return bounded(async () => parseToken(await store.get(key)));
}

export async function writeToken(store: TokenStore, key: string, token: HeldToken): Promise<void> {
  const { requestedAt, lifeMs } = token;
  if (lifeMs === undefined) return;
  const expiresAt = new Date(requestedAt + lifeMs);
  await bounded(async () => store.set(key, serializeToken(token), { expiresAt }));
}

/** @returns undefined if the work fails or takes too long */
async function bounded<T>(work: () => Promise<T>): Promise<T | undefined> {
  return withinTimeout(work(), TIMEOUT_SECONDS).catch(() => undefined);
}
