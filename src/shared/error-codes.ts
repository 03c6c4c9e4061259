export interface ErrorCodeMeaning {
  description: string;
  /** Whether the same request may succeed later. */
  retryable?: true;
}

/** The `extensions.code` of every error of the GraphQL API. */
export const ERROR_CODES = {
  UNAUTHENTICATED: { description: "The credentials are missing or wrong." },
  FORBIDDEN: {
    description:
      "The caller lacks permissions, which the message names, or its credential ends too early.",
  },
  BAD_USER_INPUT: {
    description:
      "An argument is invalid; `extensions.path` leads to it. With HTTP status 400 if a variable has the wrong type.",
  },
  NOT_FOUND: { description: "No such path; with HTTP status 404." },
  RATE_LIMITED: {
    description:
      "Too many attempts; `extensions.retryAfterSeconds` says when to try again. With HTTP status 429 where nothing else was answered.",
    retryable: true,
  },
  SERVICE_UNAVAILABLE: {
    description:
      "The database or another service does not answer. A change may have been stored all the same: repeat it with its `idempotencyKey`, or read first. With HTTP status 503, unless another mutation of the request was answered.",
    retryable: true,
  },
  INTERNAL_SERVER_ERROR: {
    description: "An unexpected failure, which the log tells under the request's id.",
  },
  BAD_REQUEST: { description: "No valid GraphQL request over HTTP; with HTTP status 400." },
  GRAPHQL_PARSE_FAILED: { description: "The document is no valid GraphQL; with HTTP status 400." },
  GRAPHQL_VALIDATION_FAILED: {
    description: "The document does not fit the schema; with HTTP status 400.",
  },
  OPERATION_RESOLUTION_FAILURE: {
    description: "`operationName` names no operation of the document; with HTTP status 400.",
  },
  PERSISTED_QUERY_NOT_SUPPORTED: { description: "Send the whole document; with HTTP status 200." },
  OPERATION_TOO_COMPLEX: {
    description: "Request smaller pages, fewer lists or fewer conditions; with HTTP status 400.",
  },
  VERSION_CONFLICT: {
    description:
      "The object has changed since `expectedVersion`: read it again, then repeat the change.",
  },
  ALREADY_EXISTS: {
    description: "Another object has this value already; `extensions.path` leads to it.",
  },
  PRECONDITION_FAILED: {
    description: "The state of something else forbids it; the message says what to change first.",
  },
  IDEMPOTENCY_CONFLICT: {
    description: "The idempotency key was used with another input within 24 hours.",
  },
  CLIENT_NOT_FOUND: { description: "No such client in the project." },
  DUPLICATE_CLIENT_ID: { description: "The project has a client with this id." },
  INSECURE_CLIENT_SECRET: { description: "The secret is too easy to guess." },
  ROTATION_ALREADY_STARTED: {
    description: "The client has a next or a previous secret: end it first.",
  },
  ROTATION_NOT_STARTED: { description: "The client has no such next or previous secret." },
  INVALID_CLIENT: {
    description: "Unknown client, wrong secret, inactive or expired: one answer for all.",
  },
  UNAUTHORIZED_CLIENT: { description: "The client's `grantTypes` lack CLIENT_CREDENTIALS." },
  INVALID_DPOP_PROOF: {
    description: "The client gets tokens only with a DPoP proof, which only `/oauth/token` takes.",
  },
  INVALID_SCOPE: { description: "The client has not been granted a requested scope." },
  INVALID_TARGET: { description: "The client gets no tokens for the audience." },
  INVALID_TOKEN: { description: "The access token is not valid." },
  INVALID_TRUSTED_AUTH_TOKEN: {
    description:
      "The profile refuses the token; `extensions.reason` says why, `extensions.claim` what it is about.",
  },
  API_NOT_FOUND: { description: "No such API in the project." },
  CLIENT_GRANT_NOT_FOUND: { description: "No such client grant in the project." },
  MANAGEMENT_KEY_NOT_FOUND: { description: "No such management key in the project." },
  MEMBER_NOT_FOUND: { description: "No such member, or it is not active." },
  ORGANIZATION_NOT_FOUND: { description: "No such organization, or it is not active." },
  PROFILE_NOT_FOUND: {
    description: "No such trusted auth profile, or none that the caller may use.",
  },
  PROJECT_NOT_FOUND: { description: "No such project." },
  PUBLISHED_KEY_NOT_FOUND: { description: "No such published key in the project." },
  SESSION_NOT_FOUND: { description: "No such session, or it has ended." },
  SIGNING_KEY_NOT_FOUND: { description: "No such signing key in the project." },
} as const satisfies Record<string, ErrorCodeMeaning>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Codes of failures that only the OAuth endpoints have, with errors of their RFCs. */
export type OAuthFailureCode =
  | "INVALID_GRANT"
  | "UNSUPPORTED_GRANT_TYPE"
  | "UNSUPPORTED_RESPONSE_TYPE"
  | "INVALID_CLIENT_METADATA"
  | "USE_DPOP_NONCE";

/** Codes that every operation may answer; the description of a mutation lists the others. */
export const GENERAL_ERROR_CODES = [
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "BAD_USER_INPUT",
  "RATE_LIMITED",
  "SERVICE_UNAVAILABLE",
  "INTERNAL_SERVER_ERROR",
  "OPERATION_TOO_COMPLEX",
] as const satisfies readonly ErrorCode[];
