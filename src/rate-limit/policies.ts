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
export const FAILED_SECRETS_PER_CLIENT: RateLimitPolicy = {
  name: "failed-client-secret",
  limit: 10,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};

/**
 * Those of all clients, known or not: each is a row to write. Right secrets do not wait, as they are
 * found out before.
 */
export const FAILED_SECRETS_PER_ADDRESS: RateLimitPolicy = {
  name: "failed-secrets-per-address",
  limit: 600,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};

const TOO_MANY_EXCHANGES = "Too many exchanges, try again later";

/** Exchanges without a management key: each may cost the verification of a signature. */
export const PUBLIC_EXCHANGES_PER_ADDRESS: RateLimitPolicy = {
  name: "public-exchanges-per-address",
  limit: 30,
  ...PER_MINUTE,
  message: TOO_MANY_EXCHANGES,
};
export const PUBLIC_EXCHANGES_PER_PROFILE: RateLimitPolicy = {
  name: "public-exchanges-per-profile",
  limit: 600,
  ...PER_MINUTE,
  message: TOO_MANY_EXCHANGES,
};

/** Slow hashes that one address has us compute in vain, whichever clients it names. */
export const FAILED_SLOW_HASHES_PER_ADDRESS: RateLimitPolicy = {
  name: "failed-slow-hashes-per-address",
  limit: 100,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};
