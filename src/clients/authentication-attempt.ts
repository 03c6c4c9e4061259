import {
  FAILED_SECRETS_PER_ADDRESS,
  FAILED_SECRETS_PER_CLIENT,
  FAILED_SLOW_HASHES_PER_ADDRESS,
  type RateLimitPolicy,
} from "../rate-limit/policies.js";
import type { Quota, RateLimiter } from "../rate-limit/rate-limiter.js";
import type { RequestSource } from "../shared/caller.js";
import { networkPrefix } from "../shared/network.js";

/** One attempt to authenticate a client; counts at most one failure. */
export class AuthenticationAttempt {
  #isCounted = false;

  constructor(
    private readonly rateLimiter: RateLimiter,
    private readonly projectId: string,
    private readonly clientId: string,
    private readonly source: RequestSource,
  ) {}

  get network(): string {
    return networkPrefix(this.source.ipAddress);
  }

  /** Counts a wrong secret or assertion, unless `withSlowHashQuota` has counted it. @throws RATE_LIMITED, after a delay */
  async countFailure(): Promise<void> {
    if (this.#isCounted) return;
    await this.rateLimiter.delayRejection(
      this.rateLimiter.consume(...this.#quotas(FAILED_SECRETS_PER_ADDRESS)),
    );
  }

  /**
   * Checks the quota for failures without consuming it.
   * @param isKnown whether the client has authenticated from this address before: then only the address's
   *   quota counts, so that nobody else behind the address can lock the client out
   * @throws RATE_LIMITED, after a delay
   */
  async assertFailureQuota(isKnown: boolean): Promise<void> {
    const quotas = this.#quotas(FAILED_SECRETS_PER_ADDRESS).slice(isKnown ? 1 : 0);
    await this.rateLimiter.delayRejection(this.rateLimiter.assertAvailable(...quotas));
  }

  /**
   * Checks the quota for slow hashes without consuming it.
   * @throws RATE_LIMITED if the quota is exhausted
   */
  async assertSlowHashQuota(): Promise<void> {
    await this.rateLimiter.assertAvailable(...this.#quotas(FAILED_SLOW_HASHES_PER_ADDRESS));
  }

  /**
   * Counts a wrong secret before the verification, and refunds it if the secret is right.
   * @param verify returns null for a wrong secret
   * @throws RATE_LIMITED
   */
  async withSlowHashQuota<Match>(verify: () => Promise<Match | null>): Promise<Match | null> {
    const quotas = this.#quotas(FAILED_SLOW_HASHES_PER_ADDRESS);
    await this.rateLimiter.consume(...quotas);
    this.#isCounted = true;
    let isWrong = false;
    try {
      const match = await verify();
      isWrong = match === null;
      return match;
    } finally {
      // A verification that failed with an error is not counted as a guess.
      if (!isWrong) await this.rateLimiter.refund(...quotas);
    }
  }

  #quotas(addressPolicy: RateLimitPolicy): Quota[] {
    const { network } = this;
    return [
      [FAILED_SECRETS_PER_CLIENT, this.projectId, this.clientId, network],
      [addressPolicy, this.projectId, network],
    ];
  }
}
