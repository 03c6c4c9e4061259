import {
  object,
  type PathItem,
  PUBLIC_SERVERS,
  type RouteGroup,
  type Schema,
  schemaRef,
  shell,
  text,
} from "../http/openapi.js";
import { jwksOperation } from "./metadata.openapi.js";
import { NO_STORE_HEADERS, oauthErrors } from "./oauth-error.openapi.js";
import {
  CLIENT_SECURITY,
  HEADERS_OF,
  TOKEN_ERRORS,
  TOKEN_HEADERS,
  tokenDescription,
} from "./token.openapi.js";

const PROJECT_ID = {
  name: "projectId",
  in: "path",
  description: "Id of the project.",
  required: true,
  schema: { type: "string" },
} as const;

const STYTCH_FIELDS = {
  status_code: { type: "integer", description: "The HTTP status." },
  request_id: text("Id of the request, as in `X-Request-Id`."),
} as const;

const { TokenRequest, TokenResponse } = tokenDescription.schemas as Record<
  "TokenRequest" | "TokenResponse",
  { properties: Record<string, Schema>; required: readonly string[] }
>;

function jwksPath(kind: string, operationId: string): PathItem {
  return {
    servers: PUBLIC_SERVERS,
    get: {
      ...jwksOperation(operationId, [PROJECT_ID]),
      summary: `Public keys, where Stytch's ${kind} SDKs look for them`,
    },
  };
}

export const stytchDescription: RouteGroup = {
  paths: {
    "/v1/public/{projectId}/oauth2/token": {
      servers: PUBLIC_SERVERS,
      post: {
        operationId: "requestTokenAsStytch",
        tags: ["Get a token"],
        summary: "Token endpoint for Stytch's SDKs",
        description:
          "The token endpoint, with the members that Stytch's SDKs expect in each answer. The project's own credentials in `Authorization`, which some of them send, are ignored if the body has a client's.",
        security: CLIENT_SECURITY,
        parameters: [
          PROJECT_ID,
          ...(tokenDescription.paths["/oauth/token"]?.post?.parameters ?? []),
        ],
        requestBody: {
          required: true,
          content: {
            "application/json": { schema: schemaRef("StytchTokenRequest") },
            "application/x-www-form-urlencoded": { schema: schemaRef("StytchTokenRequest") },
          },
        },
        responses: {
          200: {
            description: "The access token.",
            headers: { ...NO_STORE_HEADERS, ...TOKEN_HEADERS },
            content: { "application/json": { schema: schemaRef("StytchTokenResponse") } },
          },
          ...oauthErrors(
            {
              ...TOKEN_ERRORS,
              404: ["invalid_request"],
              500: ["server_error"],
              503: ["temporarily_unavailable"],
            },
            { schema: "StytchOAuthError", headers: TOKEN_HEADERS, headersOf: HEADERS_OF },
          ),
        },
        "x-codeSamples":
          shell(`curl --fail-with-body "$COUNTERSIGN_URL/v1/public/$COUNTERSIGN_PROJECT_ID/oauth2/token" \\
  --data grant_type=client_credentials --data client_id="$CLIENT_ID" --data client_secret="$CLIENT_SECRET"`),
      },
    },
    "/v1/sessions/jwks/{projectId}": jwksPath("consumer", "getStytchSessionKeys"),
    "/v1/b2b/sessions/jwks/{projectId}": jwksPath("B2B", "getStytchB2bSessionKeys"),
  },
  schemas: {
    StytchTokenRequest: {
      ...TokenRequest,
      properties: {
        ...TokenRequest.properties,
        scopes: {
          type: "array",
          items: { type: "string" },
          description: "What `scope` means, as Stytch's Rust SDK sends it.",
        },
      },
    },
    StytchTokenResponse: {
      ...TokenResponse,
      properties: { ...TokenResponse.properties, ...STYTCH_FIELDS },
      required: [...TokenResponse.required, ...Object.keys(STYTCH_FIELDS)],
    },
    StytchOAuthError: object(
      {
        error: text("The error code."),
        error_description: text("A sentence for the developer."),
        error_uri: text("Where the error codes are explained."),
        ...STYTCH_FIELDS,
      },
      ["error", "error_description", "error_uri", ...Object.keys(STYTCH_FIELDS)],
    ),
  },
};
