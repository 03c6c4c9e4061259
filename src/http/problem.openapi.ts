import {
  type Header,
  object,
  type Reference,
  type Response,
  type RouteGroup,
  responseRef,
  schemaRef,
  text,
} from "./openapi.js";

interface ProblemOptions {
  headers?: Readonly<Record<string, Header | Reference>>;
}

export function problem(description: string, { headers }: ProblemOptions = {}): Response {
  return {
    description,
    ...(headers && { headers }),
    content: { "application/problem+json": { schema: schemaRef("Problem") } },
  };
}

/** Answers of every path whose transport has no error format of its own. */
export const PROBLEMS = { 400: responseRef("MalformedRequest") } as const;

export const problemDescription: RouteGroup = {
  paths: {},
  schemas: {
    Problem: object(
      {
        type: text("`about:blank`: the status says it all."),
        title: text("The phrase of the status."),
        status: { type: "integer", description: "The HTTP status." },
        detail: text("A sentence for the developer."),
        code: text("An [error code](error-codes.md) of the API, where one fits."),
      },
      ["type", "title", "status", "detail"],
      { description: "RFC 9457." },
    ),
  },
  responses: {
    MalformedRequest: problem("HTTP forbids the request: for instance, it has two Host headers."),
  },
};
