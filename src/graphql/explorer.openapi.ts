import { PUBLIC_SERVERS, type RouteGroup } from "../http/openapi.js";
import { PROBLEMS } from "../http/problem.openapi.js";
import { cacheControl } from "../http/public-documents.openapi.js";

export const explorerDescription: RouteGroup = {
  paths: {
    "/explorer/{file}": {
      servers: PUBLIC_SERVERS,
      get: {
        operationId: "getExplorerFile",
        tags: ["Manage with GraphQL"],
        summary: "Scripts, styles and workers of the explorer",
        description:
          "If `EXPLORER=graphiql`. Browsers keep them, since their names change with their content.",
        security: [],
        parameters: [
          {
            name: "file",
            in: "path",
            required: true,
            description: "Name of the file.",
            schema: { type: "string" },
          },
        ],
        responses: {
          200: {
            description: "The file.",
            headers: { "Cache-Control": cacheControl("public, max-age=31536000, immutable") },
            content: {
              "text/javascript": { schema: { type: "string" } },
              "text/css": { schema: { type: "string" } },
            },
          },
          ...PROBLEMS,
        },
      },
    },
  },
};
