import type { FastifyReply } from "fastify";
import { isUnrepresentableText, toServiceUnavailable } from "../persistence/database-errors.js";
import type { ErrorCode, OAuthFailureCode } from "../shared/error-codes.js";
import { CountersignError } from "../shared/errors.js";
import type { ErrorFormat } from "../tokens/profiles/token-profile.js";
import { type OAuthErrorResponse, toAuth0Error } from "./auth0-error.js";
import {
  NO_PARAMETERS,
  NOT_WELL_FORMED_PARAMETER,
  type OAuthParameters,
} from "./oauth-parameters.js";

/** Status and `error` (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8707 section 2, RFC 9449 section 5). */
const ERROR_RESPONSES: Readonly<
  Partial<Record<ErrorCode | OAuthFailureCode, readonly [status: number, error: string]>>
> = {
  BAD_USER_INPUT: [400, "invalid_request"],
  INVALID_CLIENT: [401, "invalid_client"],
  UNAUTHENTICATED: [401, "invalid_client"],
  INVALID_GRANT: [400, "invalid_grant"],
  INVALID_TRUSTED_AUTH_TOKEN: [400, "invalid_grant"],
  UNAUTHORIZED_CLIENT: [400, "unauthorized_client"],
  UNSUPPORTED_GRANT_TYPE: [400, "unsupported_grant_type"],
  UNSUPPORTED_RESPONSE_TYPE: [400, "unsupported_response_type"],
  INVALID_SCOPE: [400, "invalid_scope"],
  INVALID_TARGET: [400, "invalid_target"],
  INVALID_DPOP_PROOF: [400, "invalid_dpop_proof"],
  USE_DPOP_NONCE: [400, "use_dpop_nonce"],
  INVALID_TOKEN: [401, "invalid_token"],
  FORBIDDEN: [403, "insufficient_scope"],
  CLIENT_NOT_FOUND: [401, "invalid_token"],
  INVALID_CLIENT_METADATA: [400, "invalid_client_metadata"],
  RATE_LIMITED: [429, "temporarily_unavailable"],
  SERVICE_UNAVAILABLE: [503, "temporarily_unavailable"],
};

/** `WWW-Authenticate` by `error` (RFC 6750 section 3, RFC 7235 section 4.1). */
const CHALLENGES: Readonly<Record<string, string>> = {
  invalid_client: 'Basic realm="countersign", charset="UTF-8"',
  access_denied: 'Basic realm="countersign", charset="UTF-8"',
  invalid_token: 'Bearer realm="countersign", error="invalid_token"',
  insufficient_scope: 'Bearer realm="countersign", error="insufficient_scope"',
};

const RFC6749 = { format: "RFC6749", parameters: NO_PARAMETERS } as const;

/**
 * Sends any error as an OAuth error. Unexpected errors become `server_error`, without their cause.
 */
export function sendOAuthError(
  reply: FastifyReply,
  thrown: unknown,
  { format, parameters }: { format: ErrorFormat; parameters: OAuthParameters } = RFC6749,
): FastifyReply {
  const error = toServiceUnavailable(thrown);
  const countersignError = error instanceof CountersignError ? error : null;
  const auth0Error =
    countersignError && format === "AUTH0" ? toAuth0Error(countersignError, parameters) : null;
  const response = auth0Error ?? toRfcError(error);
  if (response.status === 401 || response.error === "insufficient_scope") {
    reply.header("www-authenticate", CHALLENGES[response.error] ?? CHALLENGES["invalid_client"]);
  }
  const retryAfterSeconds = countersignError?.details.retryAfterSeconds;
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  return reply
    .code(response.status)
    .headers(NO_STORE)
    .send({ error: response.error, error_description: response.description });
}

export function sendProjectNotFound(reply: FastifyReply): FastifyReply {
  return sendInvalidRequest(reply, 404, "No such project");
}

export function sendInvalidRequest(
  reply: FastifyReply,
  status: number,
  description: string,
): FastifyReply {
  const body = { error: "invalid_request", error_description: description };
  return reply.code(status).headers(NO_STORE).send(body);
}

/** Headers against caching (RFC 6749 section 5.1). */
export const NO_STORE = { "cache-control": "no-store", pragma: "no-cache" } as const;

function toRfcError(error: unknown): OAuthErrorResponse {
  if (isUnrepresentableText(error)) return toRfcError(UNREPRESENTABLE);
  const response = error instanceof CountersignError ? ERROR_RESPONSES[error.code] : undefined;
  if (!response)
    return { status: 500, error: "server_error", description: "Internal server error" };
  const [status, name] = response;
  return { status, error: name, description: (error as CountersignError).message };
}

const UNREPRESENTABLE = new CountersignError("BAD_USER_INPUT", NOT_WELL_FORMED_PARAMETER);
