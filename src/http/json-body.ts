import type { FastifyInstance } from "fastify";
import { badUserInput } from "../shared/errors.js";
import { jsonTextProblem } from "../shared/json-limits.js";

/**
 * Parses JSON bodies within limits, which every route has. Like Fastify's own parser it refuses members that
 * would change a prototype.
 */
export function acceptJson(app: FastifyInstance, options: { bodyLimit?: number } = {}): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<string>(
    "application/json",
    { ...options, parseAs: "string" },
    (request, body, done) => {
      const problem = jsonTextProblem(body);
      if (problem !== null) return done(badUserInput([], problem));
      return parse(request, body, done);
    },
  );
}
