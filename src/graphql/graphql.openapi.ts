import {
  headerRef,
  type MediaType,
  PUBLIC_SERVERS,
  type Response,
  type RouteGroup,
  schemaRef,
  shell,
} from "../http/openapi.js";
import { PROBLEMS, problem } from "../http/problem.openapi.js";
import {
  cacheControl,
  IF_NONE_MATCH,
  PUBLIC_DOCUMENT_HEADERS,
} from "../http/public-documents.openapi.js";
import { GRAPHQL_SCHEMAS } from "./graphql-schemas.openapi.js";

const JSON_TYPE = "application/json";
/** GraphQL over HTTP, section 6.4. */
const GRAPHQL_TYPE = "application/graphql-response+json";

const NO_STORE = { "Cache-Control": cacheControl("no-store") };

/** For pages of other origins that may call the API (ALLOWED_ORIGINS). */
const CROSS_ORIGIN = {
  Vary: { description: "`Origin`, if the request has one.", schema: { type: "string" } },
  "Access-Control-Allow-Origin": {
    description: "The origin of the page, if its pages may read the answer.",
    schema: { type: "string" },
  },
  "Access-Control-Expose-Headers": {
    description: "What these pages may read of the headers.",
    schema: { type: "string" },
  },
} as const;

const failure = (
  description: string,
  mediaTypes = [JSON_TYPE],
  schema = "GraphqlFailure",
): Response => ({
  description,
  headers: { ...NO_STORE, ...CROSS_ORIGIN },
  content: Object.fromEntries(
    mediaTypes.map((type): [string, MediaType] => [type, { schema: schemaRef(schema) }]),
  ),
});

/** Refused perhaps before the headers of the API are there. */
const malformed = (description: string, mediaTypes?: string[]): Response => ({
  ...failure(description, mediaTypes),
  headers: {
    ...CROSS_ORIGIN,
    "Cache-Control": { description: "Nobody may keep the answer.", schema: { const: "no-store" } },
  },
});

export const graphqlDescription: RouteGroup = {
  paths: {
    "/graphql": {
      servers: PUBLIC_SERVERS,
      post: {
        operationId: "executeOperation",
        tags: ["Manage with GraphQL"],
        summary: "The GraphQL API",
        description:
          "One operation a request: [operations](operations.md) lists them, and `GET /schema.graphql` is their schema. An operation that fails is a 200 with `errors`, whose `extensions.code` is an [error code](error-codes.md).",
        security: [{ managementKey: [] }, { accessToken: [] }, {}],
        parameters: [
          {
            name: "Accept",
            in: "header",
            description: `\`${GRAPHQL_TYPE}\` for that media type.`,
            schema: { type: "string" },
          },
          {
            name: "Origin",
            in: "header",
            description: "Of a page; it may read the answer if its origin is allowed.",
            schema: { type: "string" },
          },
        ],
        requestBody: {
          required: true,
          content: {
            [JSON_TYPE]: {
              schema: schemaRef("GraphqlRequest"),
              example: { query: "{ clients(first: 2) { nodes { clientId name } } }" },
            },
          },
        },
        responses: {
          200: {
            description: "The operation has been executed; `errors` says what of it failed.",
            headers: { ...NO_STORE, ...CROSS_ORIGIN },
            content: {
              [JSON_TYPE]: { schema: schemaRef("GraphqlResponse") },
              [GRAPHQL_TYPE]: { schema: schemaRef("GraphqlResponse") },
            },
          },
          400: malformed(
            "Nothing has been executed: no GraphQL request, no such field, or an operation beyond the limits.",
            [JSON_TYPE, GRAPHQL_TYPE],
          ),
          413: failure("The body is too long."),
          415: failure("The body is not JSON."),
          429: {
            ...failure(
              "Too many attempts, and nothing else was answered.",
              [JSON_TYPE, GRAPHQL_TYPE],
              "GraphqlResponse",
            ),
            headers: { ...NO_STORE, ...CROSS_ORIGIN, "Retry-After": headerRef("RetryAfter") },
          },
          500: {
            ...failure("An unexpected failure, which the log tells under the request's id."),
            headers: { ...NO_STORE, Vary: CROSS_ORIGIN.Vary },
          },
          503: {
            ...failure(
              "The database does not answer, for the whole request or for some of its fields.",
              [JSON_TYPE, GRAPHQL_TYPE],
              "GraphqlResponse",
            ),
            headers: { ...NO_STORE, ...CROSS_ORIGIN, "Retry-After": headerRef("RetryAfter") },
          },
        },
        "x-codeSamples": shell(`curl --fail-with-body "$COUNTERSIGN_URL/graphql" \\
  --user "$COUNTERSIGN_PROJECT_ID:$COUNTERSIGN_SECRET" \\
  --json '{"query": "{ clients(first: 2) { nodes { clientId name } } }"}'`),
      },
      get: {
        operationId: "openExplorer",
        tags: ["Manage with GraphQL"],
        summary: "The explorer, for browsers",
        description:
          "Queries over `GET` are refused, because they would put credentials into URLs. `EXPLORER` says which explorer it is: see [settings](settings.md).",
        security: [],
        parameters: [
          {
            name: "Accept",
            in: "header",
            description: "Browsers send `text/html`.",
            schema: { type: "string" },
          },
        ],
        responses: {
          200: {
            description: "The page.",
            headers: {
              ...NO_STORE,
              Vary: CROSS_ORIGIN.Vary,
              "Content-Security-Policy": {
                description: "What the page may load.",
                required: true,
                schema: { type: "string" },
              },
              "Referrer-Policy": { description: "None.", schema: { const: "no-referrer" } },
              "X-Frame-Options": { description: "No frames.", schema: { const: "DENY" } },
            },
            content: { "text/html": { schema: { type: "string" } } },
          },
          405: {
            ...failure("The caller is no browser, or the explorer is off."),
            headers: {
              ...NO_STORE,
              Vary: CROSS_ORIGIN.Vary,
              Allow: { description: "`POST`.", required: true, schema: { const: "POST" } },
            },
          },
          400: { ...failure("HTTP forbids the request."), headers: {} },
        },
      },
    },
    "/schema.graphql": {
      servers: PUBLIC_SERVERS,
      get: {
        operationId: "getSchema",
        tags: ["Manage with GraphQL"],
        summary: "The schema in SDL",
        description: "For generators of clients, which should prefer it to introspection.",
        security: [],
        parameters: [IF_NONE_MATCH],
        responses: {
          200: {
            description: "The schema.",
            headers: { ...PUBLIC_DOCUMENT_HEADERS, "Cache-Control": cacheControl("no-cache") },
            content: { "text/plain": { schema: { type: "string" } } },
          },
          304: {
            description: "The schema is the one that `If-None-Match` names.",
            headers: { ...PUBLIC_DOCUMENT_HEADERS, "Cache-Control": cacheControl("no-cache") },
          },
          400: problem("HTTP forbids the request.", { headers: { ETag: headerRef("EntityTag") } }),
        },
        "x-codeSamples": shell('curl --fail-with-body "$COUNTERSIGN_URL/schema.graphql"'),
      },
    },
    "/": {
      servers: PUBLIC_SERVERS,
      get: {
        operationId: "openServer",
        tags: ["Manage with GraphQL"],
        summary: "Leads to the explorer",
        description: "For people who type the address of the server into a browser.",
        security: [],
        responses: {
          302: {
            description: "The explorer is at `Location`.",
            headers: {
              Location: {
                description: "Path of the explorer.",
                required: true,
                schema: { type: "string", pattern: "/graphql$" },
              },
            },
          },
          ...PROBLEMS,
        },
      },
    },
  },
  schemas: GRAPHQL_SCHEMAS,
};
