import {
  REQUESTS_PER_SESSION,
  SESSION_EXCHANGES_PER_MEMBER,
  UNKNOWN_SESSIONS_PER_ADDRESS,
} from "../rate-limit/policies.js";
import type { Quota, RateLimiter } from "../rate-limit/rate-limiter.js";
import type { RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { networkPrefix } from "../shared/network.js";
import type { Session } from "./session.entity.js";

/**
 * Limits what members do with sessions (ADR 0022). Backends send those of all their users from one address,
 * so an active session counts by itself, and only unknown credentials count by address. Who only learns that a session
 * is active writes nothing, and is not limited.
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

  /** Counts what may write: a change of the session, or a request of its member. @throws RATE_LIMITED */
  async countRequest({ projectId, sessionId }: Session): Promise<void> {
    await this.#consume([REQUESTS_PER_SESSION, projectId, sessionId]);
  }

  /** @throws RATE_LIMITED */
  async countExchange({ projectId, memberId }: Session): Promise<void> {
    await this.#consume([SESSION_EXCHANGES_PER_MEMBER, projectId, memberId]);
  }

  async #consume(quota: Quota): Promise<void> {
    await this.rateLimiter.delayRejection(this.rateLimiter.consume(quota));
  }
}
