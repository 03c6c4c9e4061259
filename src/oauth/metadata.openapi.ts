import {
  headerRef,
  type Operation,
  object,
  type Parameter,
  type Response,
  type RouteGroup,
  type Schema,
  schemaRef,
  shell,
  text,
  texts,
} from "../http/openapi.js";
import {
  cacheControl,
  IF_NONE_MATCH,
  PUBLIC_DOCUMENT_HEADERS,
} from "../http/public-documents.openapi.js";
import { oauthError } from "./oauth-error.openapi.js";

const CACHED = {
  ...PUBLIC_DOCUMENT_HEADERS,
  "Cache-Control": cacheControl("public, max-age=300"),
};

const NEGOTIATED = { ...CACHED, Vary: headerRef("VaryAccept") };

/** The other answers of documents, which pages of every origin may read too. */
const documentErrors = (
  notFound: string,
  headers: NonNullable<Response["headers"]> = CACHED,
): Operation["responses"] => ({
  304: { description: "The document is the one that `If-None-Match` names.", headers },
  400: oauthError(400, ["invalid_request"], { headers: { ETag: headerRef("EntityTag") } }),
  404: {
    ...oauthError(404, ["invalid_request"], { headers: PUBLIC_DOCUMENT_HEADERS }),
    description: notFound,
  },
  500: oauthError(500, ["server_error"], { headers: PUBLIC_DOCUMENT_HEADERS }),
  503: oauthError(503, ["temporarily_unavailable"], { headers: PUBLIC_DOCUMENT_HEADERS }),
});

export function jwksOperation(operationId: string, parameters: readonly Parameter[]): Operation {
  return {
    operationId,
    tags: ["Find keys and metadata"],
    summary: "Public keys of tokens (RFC 7517)",
    description:
      "The keys that verify the project's tokens, the next one among them, and keys of former issuers that were published. Keep them for five minutes, and ask again for a `kid` that is not there.",
    security: [],
    parameters: [
      ...parameters,
      IF_NONE_MATCH,
      {
        name: "Accept",
        in: "header",
        description: "`application/jwk-set+json` for that media type; several clients refuse it.",
        schema: { type: "string" },
      },
    ],
    responses: {
      200: {
        description: "The key set.",
        headers: NEGOTIATED,
        content: {
          "application/json": { schema: schemaRef("JsonWebKeySet") },
          "application/jwk-set+json": { schema: schemaRef("JsonWebKeySet") },
        },
      },
      ...documentErrors("No such project.", NEGOTIATED),
    },
  };
}

const metadataOperation = (operationId: string, summary: string, file: string): Operation => ({
  operationId,
  tags: ["Find keys and metadata"],
  summary,
  description:
    "The endpoints of the issuer and what they support: both documents are the same. Each is also served where RFC 8414 section 3 puts it, with the issuer's path at the end: `/.well-known/oauth-authorization-server/projects/{projectId}`.",
  security: [],
  parameters: [IF_NONE_MATCH],
  responses: {
    200: {
      description: "The metadata.",
      headers: CACHED,
      content: { "application/json": { schema: schemaRef("AuthorizationServerMetadata") } },
    },
    ...documentErrors("No such project."),
  },
  "x-codeSamples": shell(`curl --fail-with-body "$ISSUER/.well-known/${file}"`),
});

const uri = (description: string): Schema => text(description, { format: "uri" });

export const metadataDescription: RouteGroup = {
  paths: {
    "/.well-known/jwks.json": {
      get: {
        ...jwksOperation("getKeys", []),
        "x-codeSamples": shell('curl --fail-with-body "$ISSUER/.well-known/jwks.json"'),
      },
    },
    "/.well-known/openid-configuration": {
      get: metadataOperation(
        "getOpenidConfiguration",
        "Metadata (OpenID Connect Discovery)",
        "openid-configuration",
      ),
    },
    "/.well-known/oauth-authorization-server": {
      get: metadataOperation(
        "getAuthorizationServerMetadata",
        "Metadata (RFC 8414)",
        "oauth-authorization-server",
      ),
    },
    "/oauth/protected-resources/{apiId}": {
      get: {
        operationId: "getProtectedResourceMetadata",
        tags: ["Find keys and metadata"],
        summary: "Metadata of an API (RFC 9728)",
        description:
          "For APIs whose identifier is a URL. The API itself serves it at its own place, or points here: see [agents and MCP](../agents-and-mcp.md).",
        security: [],
        parameters: [
          {
            name: "apiId",
            in: "path",
            required: true,
            description: "Id of the API.",
            schema: { type: "string" },
          },
          IF_NONE_MATCH,
        ],
        responses: {
          200: {
            description: "The metadata.",
            headers: CACHED,
            content: { "application/json": { schema: schemaRef("ProtectedResourceMetadata") } },
          },
          ...documentErrors("No such project, no such API, or its identifier is no URL."),
        },
        "x-codeSamples": shell('curl --fail-with-body "$ISSUER/oauth/protected-resources/$API_ID"'),
      },
    },
  },
  schemas: {
    JsonWebKeySet: object({ keys: { type: "array", items: schemaRef("JsonWebKey") } }, ["keys"]),
    JsonWebKey: object(
      {
        kty: text("Type of the key.", { enum: ["RSA", "EC", "OKP"] }),
        kid: text("Id of the key, which tokens name in their header."),
        alg: text("The one algorithm that it is for."),
        use: text("What it is for.", { const: "sig" }),
        n: text("RSA: modulus."),
        e: text("RSA: exponent."),
        crv: text("EC and OKP: curve."),
        x: text("EC and OKP: x coordinate."),
        y: text("EC: y coordinate."),
      },
      ["kty"],
    ),
    AuthorizationServerMetadata: object(
      {
        issuer: uri("`iss` of the project's tokens."),
        authorization_endpoint: uri("Named for clients that refuse metadata without one."),
        token_endpoint: uri("Where clients get tokens."),
        jwks_uri: uri("Where the public keys are."),
        introspection_endpoint: uri("RFC 7662."),
        revocation_endpoint: uri("RFC 7009."),
        registration_endpoint: uri("RFC 7591."),
        scopes_supported: texts("Scopes that APIs advertise; absent if there are none."),
        grant_types_supported: texts("Grants of the token endpoint."),
        response_types_supported: texts("None: there are no authorization codes."),
        subject_types_supported: texts("Required by OpenID Connect Discovery."),
        token_endpoint_auth_methods_supported: texts("How clients authenticate."),
        token_endpoint_auth_signing_alg_values_supported: texts("Algorithms of assertions."),
        introspection_endpoint_auth_methods_supported: texts("The same for introspection."),
        introspection_endpoint_auth_signing_alg_values_supported: texts("Algorithms."),
        introspection_signing_alg_values_supported: texts("Of signed answers (RFC 9701)."),
        revocation_endpoint_auth_methods_supported: texts("The same for revocation."),
        revocation_endpoint_auth_signing_alg_values_supported: texts("Algorithms."),
        dpop_signing_alg_values_supported: texts("Algorithms of DPoP proofs (RFC 9449)."),
        id_token_signing_alg_values_supported: texts("Required by OpenID Connect Discovery."),
      },
      ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "grant_types_supported"],
      { description: "RFC 8414 section 2." },
    ),
    ProtectedResourceMetadata: object(
      {
        resource: uri("Identifier of the API."),
        authorization_servers: texts("The project's issuer."),
        scopes_supported: texts("Scopes that the API advertises."),
        bearer_methods_supported: texts("Where the API takes tokens."),
        resource_name: text("Name of the API."),
      },
      ["resource", "authorization_servers", "bearer_methods_supported", "resource_name"],
      { description: "RFC 9728 section 2." },
    ),
  },
};
