import { type Header, PUBLIC_SERVERS, type RouteGroup, type Schema } from "../http/openapi.js";
import { PROBLEMS, problem } from "../http/problem.openapi.js";
import { cacheControl, IF_NONE_MATCH } from "../http/public-documents.openapi.js";

const header = (description: string, schema: Schema = { type: "string" }): Header => ({
  description,
  schema,
});

const FILE_HEADERS = {
  "Cache-Control": cacheControl("public, max-age=31536000, immutable"),
  ETag: header("Names this version of the file."),
  "Last-Modified": header("When the file was built."),
  Vary: header("The coding depends on `Accept-Encoding`.", { const: "accept-encoding" }),
};

const FILE_TYPES = ["application/javascript", "text/css", "image/svg+xml", "font/ttf"];

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
          IF_NONE_MATCH,
          {
            name: "Accept-Encoding",
            in: "header",
            description: "`gzip`, which all browsers take.",
            schema: { type: "string" },
          },
        ],
        responses: {
          200: {
            description: "The file.",
            headers: {
              ...FILE_HEADERS,
              "Content-Encoding": header("`gzip`, if the caller takes it.", { const: "gzip" }),
            },
            content: Object.fromEntries(
              FILE_TYPES.map((type) => [type, { schema: { type: "string" } }]),
            ),
          },
          304: {
            description: "The file is the one that `If-None-Match` names.",
            headers: FILE_HEADERS,
          },
          404: problem("No such file."),
          412: problem(
            "The file is not the one that `If-Match` or `If-Unmodified-Since` asks for.",
          ),
          ...PROBLEMS,
        },
      },
    },
  },
};
