import { networkOf } from "../rate-limit/network.js";
import {
  FAILED_CLIENT_SECRET,
  FAILURES_OF_ADDRESS,
  type RateLimitPolicy,
  SLOW_HASH_IN_VAIN,
} from "../rate-limit/policies.js";
import type { Allowance, RateLimiter } from "../rate-limit/rate-limiter.js";
import type { Origin } from "../shared/caller.js";

/** One attempt to authenticate a client, counted at most once. */
export class AuthenticationAttempt {
  #counted = false;

  constructor(
    private readonly rateLimiter: RateLimiter,
    private readonly projectId: string,
    private readonly clientId: string,
    private readonly origin: Origin,
  ) {}

  get network(): string {
    return networkOf(this.origin.ipAddress);
  }

  /** @throws RATE_LIMITED, late */
  async count(): Promise<void> {
    if (this.#counted) return;
    await this.rateLimiter.late(this.rateLimiter.count(...this.#allowances(FAILURES_OF_ADDRESS)));
  }

  /**
   * Counts nothing.
   * @throws RATE_LIMITED when another wrong secret would be one too many
   */
  async checkSlow(): Promise<void> {
    await this.rateLimiter.check(...this.#allowances(SLOW_HASH_IN_VAIN));
  }

  /**
   * Counts a wrong secret before the verification, and takes it back when the secret was right.
   * @throws RATE_LIMITED
   */
  async slowly(verify: () => Promise<boolean>): Promise<boolean> {
    const allowances = this.#allowances(SLOW_HASH_IN_VAIN);
    await this.rateLimiter.count(...allowances);
    this.#counted = true;
    let isWrong = false;
    try {
      isWrong = !(await verify());
      return !isWrong;
    } finally {
      // A secret that could not be tried was no guess.
      if (!isWrong) await this.rateLimiter.refund(...allowances);
    }
  }

  #allowances(ofAddress: RateLimitPolicy): Allowance[] {
    const { network } = this;
    return [
      [FAILED_CLIENT_SECRET, this.projectId, this.clientId, network],
      [ofAddress, this.projectId, network],
    ];
  }
}
