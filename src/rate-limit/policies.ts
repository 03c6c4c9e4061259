export interface RateLimitPolicy {
  name: string;
  /** Events per window. */
  limit: number;
  windowSeconds: number;
  /** What somebody is told who has used it up. */
  message: string;
}

const PER_MINUTE = { windowSeconds: 60 };

const TOO_MANY_FAILURES = "Too many failed attempts, try again later";

/** Wrong secrets of one client from one address; other clients and addresses are not touched. */
export const FAILED_CLIENT_SECRET: RateLimitPolicy = {
  name: "failed-client-secret",
  limit: 10,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};

/**
 * Those of all clients, known or not: each is a row to write. Right secrets do not wait, as they are
 * found out before.
 */
export const FAILURES_OF_ADDRESS: RateLimitPolicy = {
  name: "failures-of-address",
  limit: 600,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};

const TOO_MANY_EXCHANGES = "Too many exchanges, try again later";

/** Exchanges without a management key: each may cost the verification of a signature. */
export const EXCHANGES_OF_ADDRESS: RateLimitPolicy = {
  name: "exchanges-of-address",
  limit: 30,
  ...PER_MINUTE,
  message: TOO_MANY_EXCHANGES,
};
export const EXCHANGES_OF_PROFILE: RateLimitPolicy = {
  name: "exchanges-of-profile",
  limit: 600,
  ...PER_MINUTE,
  message: TOO_MANY_EXCHANGES,
};

/** Slow hashes that one address has us compute in vain, whichever clients it names. */
export const SLOW_HASH_IN_VAIN: RateLimitPolicy = {
  name: "slow-hash-in-vain",
  limit: 100,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};
