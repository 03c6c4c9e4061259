import type { ErrorCode, OAuthFailureCode } from "./error-codes.js";

/** Why a trusted auth token was rejected. */
export const TRUSTED_AUTH_TOKEN_REASONS = [
  "SIGNATURE",
  "ISSUER",
  "AUDIENCE",
  "EXPIRED",
  "NOT_YET_VALID",
  "ALGORITHM",
  "CLAIM_MISSING",
  "REPLAYED",
  "KEY_SET_UNAVAILABLE",
  "MALFORMED",
  "CONDITION",
] as const;
export type TrustedAuthTokenReason = (typeof TRUSTED_AUTH_TOKEN_REASONS)[number];

/** The check that an access token failed. Only the log and callers of the token's project may know it. */
export type TokenRefusal =
  | "MALFORMED"
  | "WHITE_SPACE"
  | "SESSION"
  | "TYPE"
  | "SIGNATURE"
  | "ALGORITHM"
  | "CLAIM_MISSING"
  | "ISSUER"
  | "AUDIENCE"
  | "SUBJECT"
  | "EXPIRED"
  | "NOT_YET_VALID"
  | "TOO_OLD"
  | "CLIENT"
  | "REVOKED"
  | "BOUND_BY_DPOP"
  | "BOUND_OTHERWISE"
  | "NOT_BOUND"
  | "PROOF"
  | "PROOF_REQUEST"
  | "PROOF_METHOD"
  | "PROOF_URL"
  | "PROOF_TOKEN"
  | "PROOF_KEY"
  | "PROOF_REPLAYED";

/** Why a token request was denied, for transports whose errors are more specific than the code. */
export type TokenDenial =
  | "UNKNOWN_AUDIENCE"
  | "NO_AUDIENCE"
  | "NO_GRANT"
  | "SCOPE_OMITTED"
  | "SCOPE_NOT_GRANTED"
  | "TOKEN_TOO_LONG"
  | ClientAuthFailure;

/** Why client authentication failed. Only the log may contain it. */
export type ClientAuthFailure =
  | "CREDENTIALS_MISSING"
  | "CREDENTIALS_MALFORMED"
  | "CLIENT_ID_MISMATCH"
  | "CLIENT_UNKNOWN"
  | "CLIENT_INACTIVE"
  | "OWNER_INACTIVE"
  | "CLIENT_EXPIRED"
  | "SECRET_MALFORMED"
  | "SECRET_WRONG"
  | "SECRET_EXPIRED"
  | "METHOD_NOT_ALLOWED"
  | "PROXY_NOT_TRUSTED"
  | "ASSERTION_INVALID"
  | "ASSERTION_REPLAYED";

export interface ErrorDetails {
  /** The argument with the problem, such as ["input", "scopes", 0]. */
  path?: ReadonlyArray<string | number>;
  reason?: TrustedAuthTokenReason;
  /** Name or path of the claim or header parameter that `reason` is about, such as `iss`. */
  claim?: string | undefined;
  retryAfterSeconds?: number;
  /** For transports whose errors are more specific than the code; GraphQL omits it. */
  denial?: TokenDenial;
  /** Only the log may contain it; `verifyToken` puts it into words for those who may know. */
  tokenRefusal?: TokenRefusal;
  /** The trusted auth profile that refused a token. Only the log may contain it. */
  profileId?: string;
  /** The existing client whose request failed. Only the log may contain it. */
  clientId?: string | undefined;
  /** The name of the exceeded rate limit. Only the log may contain it. */
  rateLimit?: string;
  /** The client and audience of a denied token request. */
  target?: { clientId: string; audience: string };
  /** Indices of the denied scopes among those requested. */
  scopeIndices?: readonly number[];
  /** The denied scopes. Only the log may contain them. */
  deniedScopes?: readonly string[];
}

export interface CountersignErrorOptions extends ErrorOptions {
  /** A message for the log, and for callers who may know more than others. It contains no value of a token. */
  explanation?: string | undefined;
}

/**
 * The one error that services throw on purpose. The message is public and contains no input value. Only the
 * log may contain `cause`. The error has no stack, because graphql-js reads the stack of each error, and
 * Node.js then translates its frames by source maps.
 */
export class CountersignError extends Error {
  override readonly name = "CountersignError";
  readonly explanation: string | undefined;

  constructor(
    readonly code: ErrorCode | OAuthFailureCode,
    message: string,
    readonly details: ErrorDetails = {},
    options: CountersignErrorOptions = {},
  ) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.stack = "";
    this.explanation = options.explanation;
  }
}

export function badUserInput(
  path: ReadonlyArray<string | number>,
  message: string,
): CountersignError {
  return new CountersignError("BAD_USER_INPUT", message, { path });
}
