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

/** Assertions of one client that live longer than five minutes: their ids are kept until they end. */
export const LONG_ASSERTIONS_PER_CLIENT: RateLimitPolicy = {
  name: "long-assertions-per-client",
  limit: 600,
  ...PER_MINUTE,
  message: "Too many assertions that live longer than five minutes: let them end sooner",
};

/** Wrong management secrets of one project, which may not exist, from one address. */
export const FAILED_MANAGEMENT_SECRETS: RateLimitPolicy = {
  name: "failed-management-secret",
  limit: 10,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};

/** Credentials of no active session, from one address, without `sessions:write`. */
export const UNKNOWN_SESSIONS_PER_ADDRESS: RateLimitPolicy = {
  name: "unknown-sessions-per-address",
  limit: 600,
  ...PER_MINUTE,
  message: TOO_MANY_FAILURES,
};

/** Changes of a session without `sessions:write`, and calls of the API with its JWTs: each may write to the database. */
export const REQUESTS_PER_SESSION: RateLimitPolicy = {
  name: "requests-per-session",
  limit: 600,
  ...PER_MINUTE,
  message: "Too many requests with the session, try again later",
};

const TOO_MANY_EXCHANGES = "Too many exchanges, try again later";

/** Exchanges of one member's sessions without `sessions:write`: each starts another session. */
export const SESSION_EXCHANGES_PER_MEMBER: RateLimitPolicy = {
  name: "session-exchanges-per-member",
  limit: 30,
  ...PER_MINUTE,
  message: TOO_MANY_EXCHANGES,
};

/** Exchanges without a management key, from one address: each may cost the verification of a signature. */
export const PUBLIC_EXCHANGES_PER_ADDRESS: RateLimitPolicy = {
  name: "public-exchanges-per-address",
  limit: 30,
  ...PER_MINUTE,
  message: TOO_MANY_EXCHANGES,
};

/** Refused tokens of one trusted auth profile, without a management key; verified ones pass. */
export const FAILED_PUBLIC_EXCHANGES_PER_PROFILE: RateLimitPolicy = {
  name: "failed-public-exchanges-per-profile",
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
