import {
  type Operation,
  object,
  PUBLIC_SERVERS,
  type RouteGroup,
  type Schema,
  schemaRef,
  shell,
  text,
} from "./http/openapi.js";
import { PROBLEMS } from "./http/problem.openapi.js";

const answer = (description: string, status: Schema, example: string) => ({
  description,
  content: {
    "application/json": {
      schema: { ...schemaRef("Health"), properties: { status } },
      example: { status: example },
    },
  },
});

const health = (
  path: string,
  operationId: string,
  summary: string,
  description: string,
  responses: Operation["responses"],
): RouteGroup["paths"] => ({
  [path]: {
    servers: PUBLIC_SERVERS,
    get: {
      operationId,
      tags: ["Run the server"],
      summary,
      description,
      security: [],
      responses: { ...responses, ...PROBLEMS },
      "x-codeSamples": shell(`curl --fail-with-body "$COUNTERSIGN_URL${path}"`),
    },
  },
});

export const healthDescription: RouteGroup = {
  paths: {
    ...health(
      "/healthz",
      "getHealth",
      "Whether the process runs",
      "For restarts: it asks nothing but the process itself.",
      { 200: answer("The process answers.", { const: "ok" }, "ok") },
    ),
    ...health(
      "/readyz",
      "getReadiness",
      "Whether the server can do its work",
      "For load balancers: the database answers, its migrations are there, the first project's signing key works, and the process is not shutting down.",
      {
        200: answer("Send requests here.", { const: "ready" }, "ready"),
        503: answer(
          "Send requests elsewhere.",
          { enum: ["closing", "database unavailable", "signing key unavailable"] },
          "database unavailable",
        ),
      },
    ),
  },
  schemas: {
    Health: object({ status: text("In a word or two.") }, ["status"]),
  },
};
