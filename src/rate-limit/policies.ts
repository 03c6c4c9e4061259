/** How many events are allowed in a fixed window. */
export interface RateLimitPolicy {
  name: string;
  /** Events per window. */
  limit: number;
  windowSeconds: number;
  /** Message of RATE_LIMITED. */
  message: string;
}

const PER_MINUTE = { windowSeconds: 60 };

const TOO_MANY_FAILURES = "Too many failed attempts, try again later";

/** Wrong secrets and assertions of one client from one address; others are not limited. */
export const FAILED_SECRETS_PER_CLIENT: RateLimitPolicy = {
  name: "failed-client-secret",
  limit: 10,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};

/**
 * Wrong secrets and assertions of all clients, known or unknown, and refused tokens of issuers at the token
 * endpoint, from one address: each one writes to the database.
 */
export const FAILED_SECRETS_PER_ADDRESS: RateLimitPolicy = {
  name: "failed-secrets-per-address",
  limit: 600,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};

const TOO_MANY_EXCHANGES = "Too many exchanges, try again later";

/** Exchanges without a management key, from one address: each may cost the verification of a signature. */
export const PUBLIC_EXCHANGES_PER_ADDRESS: RateLimitPolicy = {
  name: "public-exchanges-per-address",
  limit: 30,
  ...PER_MINUTE,
  message: TOO_MANY_EXCHANGES,
};

/** Exchanges without a management key, with one trusted auth profile. */
export const PUBLIC_EXCHANGES_PER_PROFILE: RateLimitPolicy = {
  name: "public-exchanges-per-profile",
  limit: 600,
  ...PER_MINUTE,
  message: TOO_MANY_EXCHANGES,
};

/** Wrong secrets of all clients from one address that cost a slow hash. */
export const FAILED_SLOW_HASHES_PER_ADDRESS: RateLimitPolicy = {
  name: "failed-slow-hashes-per-address",
  limit: 100,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};
