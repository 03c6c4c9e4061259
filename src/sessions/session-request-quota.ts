import {
  AUTHENTICATIONS_PER_CREDENTIAL,
  SESSION_EXCHANGES_PER_MEMBER,
  UNKNOWN_SESSIONS_PER_ADDRESS,
} from "../rate-limit/policies.js";
import type { Quota, RateLimiter } from "../rate-limit/rate-limiter.js";
import type { RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { networkPrefix } from "../shared/network.js";
import type { Session } from "./session.entity.js";
import type { SessionLookup } from "./session-store.js";

/**
 * Limits what members do with sessions (ADR 0022). Backends send those of all their users from one address,
 * so an active session counts by itself, and only unknown credentials count by address.
 */
export class SessionRequestQuota {
  constructor(private readonly rateLimiter: RateLimiter) {}

  /** @throws RATE_LIMITED instead of SESSION_NOT_FOUND, when there were too many */
  async countUnknown<T>({ ipAddress }: RequestSource, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof CountersignError && error.code === "SESSION_NOT_FOUND") {
        await this.#consume([UNKNOWN_SESSIONS_PER_ADDRESS, networkPrefix(ipAddress)]);
      }
      throw error;
    }
  }

  /** Counts an authentication if it succeeds: a counter for every guess would fill the database. */
  async countAuthentication<T>(lookup: SessionLookup, authenticate: () => Promise<T>): Promise<T> {
    const key = "tokenHash" in lookup ? lookup.tokenHash : lookup.sessionId;
    const quota: Quota = [AUTHENTICATIONS_PER_CREDENTIAL, key];
    await this.rateLimiter.delayRejection(this.rateLimiter.assertAvailable(quota));
    const authenticated = await authenticate();
    await this.#consume(quota);
    return authenticated;
  }

  /** @throws RATE_LIMITED */
  async countExchange({ projectId, memberId }: Session): Promise<void> {
    await this.#consume([SESSION_EXCHANGES_PER_MEMBER, projectId, memberId]);
  }

  async #consume(quota: Quota): Promise<void> {
    await this.rateLimiter.delayRejection(this.rateLimiter.consume(quota));
  }
}
