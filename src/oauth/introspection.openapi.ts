import { headerRef, object, type RouteGroup, schemaRef, shell, text } from "../http/openapi.js";
import { NO_STORE_HEADERS, oauthErrors } from "./oauth-error.openapi.js";
import { CLIENT_CREDENTIALS } from "./token.openapi.js";

/** A client in the header or the body, or a management key. */
const CALLER_SECURITY = [{ clientSecretBasic: [] }, { managementKey: [] }, {}] as const;

const TOKEN_BODY = {
  required: true,
  content: {
    "application/x-www-form-urlencoded": { schema: schemaRef("TokenToCheck") },
    "application/json": { schema: schemaRef("TokenToCheck") },
  },
} as const;

export const introspectionDescription: RouteGroup = {
  paths: {
    "/oauth/introspect": {
      post: {
        operationId: "introspectToken",
        tags: ["Check a token"],
        summary: "Introspection (RFC 7662)",
        description:
          "The claims of a valid token, for its own client, for the introspection client of its API or project, and for management keys with `tokens:read`. Everybody else, and every token that is not valid, gets `active: false`.",
        security: CALLER_SECURITY,
        parameters: [
          {
            name: "Accept",
            in: "header",
            description:
              "`application/token-introspection+jwt` for an answer that the project signs (RFC 9701).",
            schema: { type: "string" },
          },
        ],
        requestBody: TOKEN_BODY,
        responses: {
          200: {
            description: "What the caller may know of the token.",
            headers: { ...NO_STORE_HEADERS, Vary: headerRef("VaryAccept") },
            content: {
              "application/json": {
                schema: schemaRef("IntrospectionResponse"),
                example: {
                  iss: "https://auth.example.com",
                  sub: "client_0wNz3Vq7dLkXh2RtYbM5aE",
                  client_id: "client_0wNz3Vq7dLkXh2RtYbM5aE",
                  aud: ["https://api.example.com"],
                  scope: "read:orders",
                  iat: 1798761600,
                  nbf: 1798761600,
                  exp: 1798765200,
                  jti: "4f1c8a52-7c0e-4b6f-9a57-2f6f3f1d8e10",
                  active: true,
                  token_type: "Bearer",
                },
              },
              "application/token-introspection+jwt": {
                schema: text(
                  "A JWT whose claim `token_introspection` is the answer, for the caller as `aud`.",
                ),
              },
            },
          },
          ...oauthErrors({
            400: ["invalid_request"],
            401: ["invalid_client"],
            403: ["insufficient_scope"],
            429: ["temporarily_unavailable"],
          }),
        },
        "x-codeSamples": shell(`curl --fail-with-body "$ISSUER/oauth/introspect" \\
  --user "$CLIENT_ID:$CLIENT_SECRET" --data token="$TOKEN"`),
      },
    },
    "/oauth/revoke": {
      post: {
        operationId: "revokeToken",
        tags: ["Check a token"],
        summary: "Revocation (RFC 7009)",
        description:
          "A client revokes its own tokens, a management key with `tokens:write` all of the project. What is no valid token of the project is a success without effect. Verifiers that only look at signatures accept a revoked token until it expires.",
        security: CALLER_SECURITY,
        requestBody: TOKEN_BODY,
        responses: {
          200: { description: "The token is not valid any more.", headers: NO_STORE_HEADERS },
          ...oauthErrors({
            400: ["invalid_request", "unauthorized_client"],
            401: ["invalid_client"],
            403: ["insufficient_scope"],
            429: ["temporarily_unavailable"],
          }),
        },
        "x-codeSamples": shell(`curl --fail-with-body "$ISSUER/oauth/revoke" \\
  --user "$CLIENT_ID:$CLIENT_SECRET" --data token="$TOKEN"`),
      },
    },
  },
  schemas: {
    TokenToCheck: object(
      {
        token: text("The access token."),
        token_type_hint: text("Ignored: there is one kind of token."),
        ...CLIENT_CREDENTIALS,
      },
      ["token"],
    ),
    IntrospectionResponse: object(
      {
        active: { type: "boolean", description: "Whether the token is valid." },
        client_id: text("Id of the token's client."),
        token_type: text("`DPoP` if the token is bound to a key.", { enum: ["Bearer", "DPoP"] }),
        iss: text("The issuer that signed it."),
        sub: text("Its subject."),
        aud: {
          description: "Its audience: a list, unless the token profile says otherwise.",
          type: ["string", "array"],
          items: { type: "string" },
        },
        scope: text("Its scopes, separated by spaces."),
        iat: { type: "integer", description: "When it was issued, in epoch seconds." },
        nbf: { type: "integer", description: "From when it is valid." },
        exp: { type: "integer", description: "When it expires." },
        jti: text("Its id."),
      },
      ["active"],
      {
        description: "`active`, and of a valid token all of its claims, custom ones too.",
        additionalProperties: true,
      },
    ),
  },
};
