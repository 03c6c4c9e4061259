import {
  type Operation,
  object,
  type RouteGroup,
  schemaRef,
  shell,
  text,
  texts,
} from "../http/openapi.js";
import { NO_STORE_HEADERS, oauthErrors } from "./oauth-error.openapi.js";

const METADATA_ERRORS = ["invalid_client_metadata", "invalid_request"] as const;

const CLIENT_ID = {
  name: "clientId",
  in: "path",
  required: true,
  description: "Id of the client.",
  schema: { type: "string" },
} as const;

const METADATA_BODY: NonNullable<Operation["requestBody"]> = {
  required: true,
  content: {
    "application/json": {
      schema: schemaRef("ClientMetadata"),
      example: {
        client_name: "Nightly export",
        scope: "read:orders",
        token_endpoint_auth_method: "client_secret_basic",
      },
    },
  },
};

const EXAMPLE = {
  client_id: "client_0wNz3Vq7dLkXh2RtYbM5aE",
  client_id_issued_at: 1798761600,
  client_name: "Nightly export",
  grant_types: ["client_credentials"],
  response_types: [],
  token_endpoint_auth_method: "client_secret_basic",
  scope: "read:orders",
  dpop_bound_access_tokens: false,
  client_secret: "csk_…",
  client_secret_expires_at: 0,
  registration_access_token: "crt_…",
  registration_client_uri: "https://auth.example.com/oauth/register/client_0wNz3Vq7dLkXh2RtYbM5aE",
};

const information = (description: string) => ({
  description,
  headers: NO_STORE_HEADERS,
  content: { "application/json": { schema: schemaRef("ClientInformation") } },
});

const registered = (description: string) => ({
  description,
  headers: NO_STORE_HEADERS,
  content: { "application/json": { schema: schemaRef("ClientInformation"), example: EXAMPLE } },
});

const managed = (
  operationId: string,
  summary: string,
  description: string,
): Pick<
  Operation,
  "operationId" | "tags" | "summary" | "description" | "security" | "parameters"
> => ({
  operationId,
  tags: ["Register clients"],
  summary,
  description,
  security: [{ registrationAccessToken: [] }],
  parameters: [CLIENT_ID],
});

const CURL = `"$ISSUER/oauth/register/$REGISTERED_CLIENT_ID" \\
  --header "Authorization: Bearer $REGISTRATION_ACCESS_TOKEN"`;

const METADATA = {
  client_name: text("Display name."),
  grant_types: {
    type: "array",
    description: "`client_credentials`, the only one and the default.",
    items: { type: "string" },
  },
  response_types: texts("Empty."),
  token_endpoint_auth_method: text("How the client authenticates.", {
    enum: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    default: "client_secret_basic",
  }),
  scope: text("Scopes, separated by spaces: at most the registrar's. Absent: none."),
  jwks: {
    ...schemaRef("JsonWebKeySet"),
    description: "Public keys for `private_key_jwt`, at most five; not with `jwks_uri`.",
  },
  jwks_uri: text("URL of the public keys.", { format: "uri" }),
  dpop_bound_access_tokens: {
    type: "boolean",
    description: "Whether the client gets tokens only with a DPoP proof.",
    default: false,
  },
} as const;

export const registrationDescription: RouteGroup = {
  paths: {
    "/oauth/register": {
      post: {
        operationId: "registerClient",
        tags: ["Register clients"],
        summary: "Registration (RFC 7591)",
        description:
          "The registrar is a client itself: its access token for the audience `{issuer}/graphql` has the scope `clients:register`. The new client gets a secret, unless it uses keys, and a token to manage itself; both are shown once.",
        security: [{ accessToken: [] }],
        requestBody: METADATA_BODY,
        responses: {
          201: registered("The client, with what is shown only once."),
          ...oauthErrors({
            400: METADATA_ERRORS,
            401: ["invalid_token"],
            403: ["insufficient_scope"],
          }),
        },
        "x-codeSamples": shell(`curl --fail-with-body "$ISSUER/oauth/register" \\
  --header "Authorization: Bearer $REGISTRAR_TOKEN" --json '{"client_name": "Nightly export", "scope": "read:orders"}'`),
      },
    },
    "/oauth/register/{clientId}": {
      get: {
        ...managed(
          "readRegistration",
          "A registered client (RFC 7592 section 2.1)",
          "The client's metadata, without its secret.",
        ),
        responses: {
          200: information("The client."),
          ...oauthErrors({ 400: ["invalid_request"], 401: ["invalid_token"] }),
        },
        "x-codeSamples": shell(`curl --fail-with-body ${CURL}`),
      },
      put: {
        ...managed(
          "replaceRegistration",
          "Replaces the metadata (RFC 7592 section 2.2)",
          "What is absent gets its default. Scopes may grow only while the registrar could still register such a client, and stay within what an operator has set.",
        ),
        requestBody: {
          required: true,
          content: { "application/json": { schema: schemaRef("ReplacedClientMetadata") } },
        },
        responses: {
          200: information("The client."),
          ...oauthErrors({ 400: METADATA_ERRORS, 401: ["invalid_token"] }),
        },
        "x-codeSamples": shell(`curl --fail-with-body --request PUT ${CURL} \\
  --json "{\\"client_id\\": \\"$REGISTERED_CLIENT_ID\\", \\"client_name\\": \\"Export\\", \\"scope\\": \\"read:orders\\"}"`),
      },
      delete: {
        ...managed(
          "deleteRegistration",
          "Deletes the client (RFC 7592 section 2.3)",
          "The client gives up its access. Its tokens are not valid any more.",
        ),
        responses: {
          204: { description: "The client is deleted.", headers: NO_STORE_HEADERS },
          ...oauthErrors({ 400: ["invalid_request"], 401: ["invalid_token"] }),
        },
        "x-codeSamples": shell(`curl --fail-with-body --request DELETE ${CURL}`),
      },
    },
  },
  schemas: {
    ClientMetadata: object(METADATA, [], {
      description: "RFC 7591 section 2. Other members are ignored.",
      additionalProperties: true,
    }),
    ReplacedClientMetadata: object(
      { client_id: text("The id of this client."), ...METADATA },
      ["client_id"],
      {
        description: "RFC 7592 section 2.2. Other members are ignored.",
        additionalProperties: true,
      },
    ),
    ClientInformation: object(
      {
        client_id: text("Id of the client."),
        client_id_issued_at: { type: "integer", description: "In epoch seconds." },
        client_secret: text("Only in the answer to the registration."),
        client_secret_expires_at: { type: "integer", description: "0: never (RFC 7591)." },
        ...METADATA,
        registration_access_token: text("The token by which the client manages itself."),
        registration_client_uri: text("Where it does.", { format: "uri" }),
      },
      [
        "client_id",
        "client_id_issued_at",
        "grant_types",
        "response_types",
        "token_endpoint_auth_method",
        "dpop_bound_access_tokens",
        "registration_client_uri",
      ],
      { description: "RFC 7591 section 3.2.1." },
    ),
  },
};
