import { object, type RouteGroup, schemaRef, text } from "../http/openapi.js";

/** Bodies of requests and answers of GraphQL over HTTP. */
export const GRAPHQL_SCHEMAS: NonNullable<RouteGroup["schemas"]> = {
  GraphqlRequest: object(
    {
      query: text("The document."),
      operationName: {
        type: ["string", "null"],
        description: "Which of its operations; needed if there are several.",
      },
      variables: {
        type: ["object", "null"],
        description: "Put secrets here, never into `query`.",
      },
      extensions: { type: ["object", "null"], description: "Ignored." },
    },
    ["query"],
  ),
  GraphqlResponse: object(
    {
      data: { type: ["object", "null"], description: "Null if nothing could be executed." },
      errors: { type: "array", items: schemaRef("GraphqlError") },
    },
    [],
  ),
  GraphqlFailure: object(
    { errors: { type: "array", minItems: 1, items: schemaRef("GraphqlError") } },
    ["errors"],
  ),
  GraphqlError: object(
    {
      message: text("A sentence for the developer."),
      path: {
        type: "array",
        description: "The field that failed.",
        items: { type: ["string", "integer"] },
      },
      locations: {
        type: "array",
        description: "Where in the document.",
        items: { type: "object" },
      },
      extensions: object({ code: text("An [error code](error-codes.md).") }, ["code"], {
        description: "Other members depend on the code.",
        additionalProperties: true,
      }),
    },
    ["message"],
  ),
};
