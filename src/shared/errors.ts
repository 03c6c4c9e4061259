/** Every failure a caller can meet has one of these codes; each transport translates them in one place. */
export const ERROR_CODES = [
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "BAD_USER_INPUT",
  "RATE_LIMITED",
  "CONFLICT",
  "IDEMPOTENCY_CONFLICT",
  "CLIENT_NOT_FOUND",
  "DUPLICATE_CLIENT_ID",
  "INSECURE_CLIENT_SECRET",
  "ROTATION_ALREADY_STARTED",
  "ROTATION_NOT_STARTED",
  "INVALID_CLIENT",
  "INVALID_SCOPE",
  "INVALID_TARGET",
  "INVALID_GRANT",
  "UNAUTHORIZED_CLIENT",
  "UNSUPPORTED_GRANT_TYPE",
  "INVALID_CLIENT_METADATA",
  "INVALID_DPOP_PROOF",
  "USE_DPOP_NONCE",
  "INVALID_TOKEN",
  "PROFILE_NOT_FOUND",
  "INVALID_TRUSTED_AUTH_TOKEN",
  "MANAGEMENT_KEY_NOT_FOUND",
  "MEMBER_NOT_FOUND",
  "ORGANIZATION_NOT_FOUND",
  "SESSION_NOT_FOUND",
  "API_NOT_FOUND",
  "CLIENT_GRANT_NOT_FOUND",
  "SIGNING_KEY_NOT_FOUND",
  "SERVICE_UNAVAILABLE",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Why a trusted auth token was refused. */
export type TrustedAuthTokenReason =
  | "SIGNATURE"
  | "ISSUER"
  | "AUDIENCE"
  | "EXPIRED"
  | "NOT_YET_VALID"
  | "ALGORITHM"
  | "CLAIM_MISSING"
  | "CONDITION"
  | "REPLAYED"
  | "KEY_SET_UNAVAILABLE"
  | "MALFORMED";

/** Why a token request was refused, where a transport says more than the code does. */
export type TokenDenial =
  | "UNKNOWN_AUDIENCE"
  | "NO_AUDIENCE"
  | "NO_GRANT"
  | "SCOPE_OMITTED"
  | "SCOPE_NOT_GRANTED"
  | ClientAuthFailure;

/** Why a client's credentials were refused; for the log, never for the caller. */
export type ClientAuthFailure =
  | "CLIENT_UNKNOWN"
  | "CLIENT_INACTIVE"
  | "CLIENT_EXPIRED"
  | "SECRET_MALFORMED"
  | "SECRET_WRONG"
  | "METHOD_NOT_ALLOWED"
  | "ASSERTION_INVALID"
  | "ASSERTION_REPLAYED";

export interface ErrorDetails {
  /** Where in the operation's arguments the problem is, such as ["input", "scopes", 0]. */
  path?: ReadonlyArray<string | number>;
  reason?: TrustedAuthTokenReason;
  retryAfterSeconds?: number;
  /** For a transport that must say more than the code; GraphQL does not. */
  denial?: TokenDenial;
  /** A client that is there and was refused; for the log alone. */
  clientId?: string | undefined;
  /** The allowance that has been used up; for the log alone. */
  rateLimit?: string;
  /** Who was refused, and for which audience. */
  target?: { clientId: string; audience: string };
  /** Which of the requested scopes a refusal is about. */
  scopeIndices?: readonly number[];
}

/**
 * The one error that services throw on purpose. The message is public and names no input value;
 * `cause` is for the log only. It has no stack: its code tells what it is, and graphql-js would look at
 * that of each refusal, which makes Node.js translate the frames by their source maps.
 */
export class CountersignError extends Error {
  override readonly name = "CountersignError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.stack = "";
  }
}

export function badUserInput(
  path: ReadonlyArray<string | number>,
  message: string,
): CountersignError {
  return new CountersignError("BAD_USER_INPUT", message, { path });
}
