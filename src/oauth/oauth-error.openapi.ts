import {
  type Header,
  headerRef,
  object,
  type Reference,
  type Response,
  type RouteGroup,
  responseRef,
  schemaRef,
  text,
} from "../http/openapi.js";

/** What each `error` means, for the descriptions of answers. */
const MEANINGS = {
  access_denied: "as Auth0 says it, for APIs with the token profile `AUTH0`",
  insufficient_scope: "the credential is valid, but lacks a scope or permission",
  invalid_client: "unknown client, wrong secret, inactive or expired: one answer for all",
  invalid_client_metadata:
    "the body is not valid client metadata; the description names the member",
  invalid_dpop_proof: "the `DPoP` header is not a valid proof",
  invalid_grant: "the trusted issuer's token is not accepted",
  invalid_request: "a parameter is missing, repeated, too long or misspelt",
  invalid_scope: "a requested scope is not granted, or is malformed",
  invalid_target: "the client gets no tokens for this audience",
  invalid_token: "the access token is not valid: the same for unknown, expired and revoked",
  server_error: "an unexpected failure, which the log tells under the request's id",
  temporarily_unavailable: "try again after `Retry-After` seconds",
  too_many_requests: "as Auth0 says it, for APIs with the token profile `AUTH0`",
  unauthorized_client: "the client may not do this",
  unsupported_grant_type: "no such grant here",
  unsupported_response_type: "nobody signs in here",
  use_dpop_nonce: "repeat the request with a proof that has the nonce of `DPoP-Nonce`",
} as const;
export type OAuthErrorName = keyof typeof MEANINGS;

export const NO_STORE_HEADERS = {
  "Cache-Control": headerRef("NoStore"),
  Pragma: headerRef("NoCache"),
} as const;

interface ErrorOptions {
  /** Schema of the body. */
  schema?: string;
  /** More headers of the answers; `oauthErrors` gives them to these statuses. */
  headers?: Readonly<Record<string, Header | Reference>>;
  headersOf?: readonly number[];
}

/** The answers of an endpoint by status, each with the errors that it may have, and those of every endpoint. */
export function oauthErrors(
  byStatus: Readonly<Record<number, readonly OAuthErrorName[]>>,
  { schema, headers, headersOf = [] }: ErrorOptions = {},
): Record<string, Response | Reference> {
  const specific = Object.entries(byStatus).map(([status, errors]) => [
    status,
    oauthError(Number(status), errors, {
      ...(schema && { schema }),
      ...(headers && headersOf.includes(Number(status)) && { headers }),
    }),
  ]);
  return {
    ...Object.fromEntries(specific),
    ...(!schema && {
      404: responseRef("NoSuchProject"),
      500: responseRef("ServerError"),
      503: responseRef("Unavailable"),
    }),
  };
}

export function oauthError(
  status: number,
  errors: readonly OAuthErrorName[],
  { schema = "OAuthError", headers = {} }: ErrorOptions = {},
): Response {
  const meanings = errors.map((name) => `- \`${name}\`: ${MEANINGS[name]}.`);
  return {
    description: meanings.join("\n"),
    headers: {
      ...NO_STORE_HEADERS,
      ...((status === 401 || errors.includes("insufficient_scope")) && {
        "WWW-Authenticate": headerRef("Challenge"),
      }),
      ...((status === 429 || status === 503) && { "Retry-After": headerRef("RetryAfter") }),
      ...headers,
    },
    content: {
      "application/json": {
        schema: { ...schemaRef(schema), properties: { error: { enum: errors } } },
      },
    },
  };
}

export const oauthErrorDescription: RouteGroup = {
  paths: {},
  schemas: {
    OAuthError: object(
      {
        error: text("The error code (RFC 6749 section 5.2)."),
        error_description: text("A sentence for the developer. It never repeats a secret."),
      },
      ["error", "error_description"],
      { description: "An error of an OAuth endpoint." },
    ),
  },
  headers: {
    NoStore: {
      description: "Nobody may keep the answer.",
      required: true,
      schema: { const: "no-store" },
    },
    NoCache: {
      description: "The same for HTTP/1.0.",
      required: true,
      schema: { const: "no-cache" },
    },
    Challenge: {
      description: "How to authenticate (RFC 9110 section 11.6.1).",
      required: true,
      schema: { type: "string", pattern: '^(?:Basic|Bearer) realm="countersign"' },
    },
    RetryAfter: {
      description: "Seconds to wait.",
      required: true,
      schema: { type: "integer", minimum: 1 },
    },
  },
  responses: {
    NoSuchProject: {
      ...oauthError(404, ["invalid_request"]),
      description: "The path or host belongs to no project.",
    },
    ServerError: oauthError(500, ["server_error"]),
    Unavailable: {
      ...oauthError(503, ["temporarily_unavailable"]),
      description: "The database does not answer. Nothing is lost: repeat the request.",
    },
  },
};
