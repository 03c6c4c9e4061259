export interface RateLimitPolicy {
  name: string;
  /** Events per window. */
  limit: number;
  windowSeconds: number;
}

/** Wrong secrets of one client from one address; other clients and addresses are not touched. */
export const FAILED_CLIENT_SECRET: RateLimitPolicy = {
  name: "failed-client-secret",
  limit: 10,
  windowSeconds: 60,
};

/** Slow hashes that one address has us compute in vain, whichever clients it names. */
export const SLOW_HASH_IN_VAIN: RateLimitPolicy = {
  name: "slow-hash-in-vain",
  limit: 100,
  windowSeconds: 60,
};
