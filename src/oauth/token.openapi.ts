import { headerRef, object, type RouteGroup, schemaRef, shell, text } from "../http/openapi.js";
import { NO_STORE_HEADERS, oauthErrors } from "./oauth-error.openapi.js";
import { MAX_LENGTHS } from "./parameter-rules.js";

const GRANT = "urn:ietf:params:oauth:grant-type:";
const TOKEN_TYPE = "urn:ietf:params:oauth:token-type:";
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Client authentication in the body, which OpenAPI has no security scheme for. */
export const CLIENT_CREDENTIALS = {
  client_id: text("Id of the client; with `client_secret`, or to choose among a workload's.", {
    maxLength: MAX_LENGTHS.client_id,
  }),
  client_secret: text("The client's secret (`client_secret_post`).", {
    maxLength: MAX_LENGTHS.client_secret,
  }),
  client_assertion: text(
    "A JWT that the client has signed (`private_key_jwt`, RFC 7523 section 3): `iss` and `sub` are its id, `aud` is the issuer or the token endpoint.",
  ),
  client_assertion_type: text("With `client_assertion`.", { const: ASSERTION_TYPE }),
};

/** The security of endpoints that take a client's credentials: in the header, or in the body. */
export const CLIENT_SECURITY = [{ clientSecretBasic: [] }, {}] as const;

export const TOKEN_ERRORS = {
  400: [
    "invalid_request",
    "invalid_grant",
    "invalid_scope",
    "invalid_target",
    "invalid_dpop_proof",
    "use_dpop_nonce",
    "unauthorized_client",
    "unsupported_grant_type",
  ],
  401: ["invalid_client", "access_denied"],
  403: ["access_denied", "unauthorized_client", "unsupported_grant_type"],
  429: ["temporarily_unavailable", "too_many_requests"],
} as const;

export const TOKEN_HEADERS = { "DPoP-Nonce": headerRef("DpopNonce") };
/** The statuses of answers to a client that has authenticated. */
export const HEADERS_OF = [400, 403] as const;

export const TOKEN_DESCRIPTION = `The client proves who it is by one method:

- \`client_secret_basic\`: \`Authorization: Basic\` with its id and secret;
- \`client_secret_post\`: \`client_id\` and \`client_secret\`;
- \`private_key_jwt\`: \`client_assertion\` and \`client_assertion_type\`;
- or, with the grants for workloads, a token of an issuer that the project trusts.

An empty parameter counts as absent. Unknown ones are ignored, unless the project's claims template names them. A name that is almost right, such as \`scopes\`, is refused.`;

export const tokenDescription: RouteGroup = {
  paths: {
    "/oauth/token": {
      post: {
        operationId: "requestToken",
        tags: ["Get a token"],
        summary: "Token endpoint (RFC 6749)",
        description: TOKEN_DESCRIPTION,
        security: CLIENT_SECURITY,
        parameters: [
          {
            name: "DPoP",
            in: "header",
            description:
              "A proof of the key that the token will be bound to (RFC 9449 section 5). Its first answer is `use_dpop_nonce`.",
            schema: { type: "string" },
          },
        ],
        requestBody: {
          required: true,
          content: {
            "application/x-www-form-urlencoded": {
              schema: schemaRef("TokenRequest"),
              examples: {
                client_credentials: {
                  summary: "A client's id and secret",
                  value: {
                    grant_type: "client_credentials",
                    client_id: "client_0wNz3Vq7dLkXh2RtYbM5aE",
                    client_secret: "the-secret-of-the-client",
                    audience: "https://api.example.com",
                    scope: "read:orders",
                  },
                },
                token_exchange: {
                  summary: "A token that a CI provider or cluster has given to the workload",
                  value: {
                    grant_type: `${GRANT}token-exchange`,
                    subject_token: "the-jwt-of-the-workload",
                    subject_token_type: `${TOKEN_TYPE}jwt`,
                    audience: "https://api.example.com",
                  },
                },
                jwt_bearer: {
                  summary: "The same as an assertion",
                  value: {
                    grant_type: `${GRANT}jwt-bearer`,
                    assertion: "the-jwt-of-the-workload",
                    audience: "https://api.example.com",
                  },
                },
              },
            },
            "application/json": { schema: schemaRef("TokenRequest") },
          },
        },
        responses: {
          200: {
            description: "The access token (RFC 6749 section 5.1).",
            headers: { ...NO_STORE_HEADERS, ...TOKEN_HEADERS },
            content: {
              "application/json": {
                schema: schemaRef("TokenResponse"),
                example: {
                  access_token: "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9…",
                  token_type: "Bearer",
                  expires_in: 3600,
                  scope: "read:orders",
                },
              },
            },
          },
          ...oauthErrors(TOKEN_ERRORS, { headers: TOKEN_HEADERS, headersOf: HEADERS_OF }),
        },
        "x-codeSamples": shell(`curl --fail-with-body "$ISSUER/oauth/token" \\
  --user "$CLIENT_ID:$CLIENT_SECRET" \\
  --data grant_type=client_credentials --data audience="$AUDIENCE" --data scope=read:orders`),
      },
    },
  },
  headers: {
    DpopNonce: {
      description:
        "The nonce that the next proof must have; in answers to requests with a proof (RFC 9449 section 8).",
      schema: { type: "string" },
    },
  },
  schemas: {
    TokenRequest: object(
      {
        grant_type: text("How the client proves that it may have a token.", {
          enum: ["client_credentials", `${GRANT}token-exchange`, `${GRANT}jwt-bearer`],
        }),
        ...CLIENT_CREDENTIALS,
        audience: text(
          "Identifier of the API that the token is for. Absent: the project's default audience, or the project itself.",
          { maxLength: MAX_LENGTHS.audience },
        ),
        resource: text("RFC 8707's name for `audience`; with both, they must be the same.", {
          maxLength: MAX_LENGTHS.resource,
        }),
        scope: text("Scopes, separated by spaces. Absent: all that the client has."),
        subject_token: text("With token exchange: a JWT of an issuer that the project trusts."),
        subject_token_type: text("With token exchange.", {
          enum: ["jwt", "id_token", "access_token"].map((name) => TOKEN_TYPE + name),
        }),
        requested_token_type: text("With token exchange.", { const: `${TOKEN_TYPE}access_token` }),
        assertion: text("With `jwt-bearer`: a JWT of an issuer that the project trusts."),
      },
      ["grant_type"],
      {
        description: "Other members are parameters that the project's claims template names.",
        additionalProperties: true,
      },
    ),
    TokenResponse: object(
      {
        access_token: text("The JWT."),
        token_type: text("`DPoP` if the token is bound to the key of a proof.", {
          enum: ["Bearer", "DPoP"],
        }),
        expires_in: { type: "integer", description: "Seconds that the token is valid for." },
        scope: text(
          "The scopes that the token has, separated by spaces; empty or absent if it has none.",
        ),
        issued_token_type: text("With token exchange (RFC 8693 section 2.2.1).", {
          const: `${TOKEN_TYPE}access_token`,
        }),
      },
      ["access_token", "token_type", "expires_in"],
    ),
  },
};
