import { LRUCache } from "lru-cache";
import { LONG_TOKEN_LENGTH } from "../shared/token-length.js";

/** A token that servers with the usual limits for headers refuse. */
export interface LongToken {
  projectId: string;
  clientId: string;
  audience: string;
  length: number;
}

const HOUR_MS = 3_600_000;
const MAX_CLIENTS = 1000;

/** Finds long tokens for the log: one for each client and hour, and no more clients than it remembers. */
export class LongTokens {
  /** The hour of the last long token by client. */
  readonly #hours = new LRUCache<string, number>({ max: MAX_CLIENTS });
  #pending: LongToken[] = [];

  add(token: LongToken, now: Date): void {
    if (token.length <= LONG_TOKEN_LENGTH || this.#pending.length >= MAX_CLIENTS) return;
    const key = `${token.projectId}\n${token.clientId}`;
    const hour = Math.floor(now.getTime() / HOUR_MS);
    if (this.#hours.get(key) === hour) return;
    this.#hours.set(key, hour);
    this.#pending.push(token);
  }

  /** @returns those since the last call */
  take(): LongToken[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }
}
