import type { FastifyInstance } from "fastify";
import { badUserInput } from "../shared/errors.js";
import { hasLongNumber, parseExactJson } from "../shared/exact-numbers.js";
import { findNumber, measureRequest } from "../shared/json-limits.js";
import { hasRepeatedName, REPEATED_NAME } from "../shared/json-text.js";

interface JsonBodyOptions {
  bodyLimit?: number;
  /** Refuses numbers that would come back as others; absent: they are NaN, for the scalars of GraphQL to refuse. */
  refuseNumbers?: boolean;
}

/**
 * Parses JSON bodies within limits, which every route has. It refuses a name that an object has twice, and like
 * Fastify's own parser members that would change a prototype.
 */
export function acceptJson(
  app: FastifyInstance,
  { refuseNumbers, ...options }: JsonBodyOptions = {},
): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<string>(
    "application/json",
    { ...options, parseAs: "string" },
    (request, text, done) => {
      const { problem, members } = measureRequest(text);
      if (problem !== null) return done(badUserInput([], problem));
      return parse(request, text, (error, parsed) => {
        if (error) return done(error);
        if (hasRepeatedName(parsed, members)) return done(badUserInput([], REPEATED_NAME));
        const body = hasLongNumber(text) ? parseExactJson(text) : parsed;
        const number = refuseNumbers ? findNumber(body) : null;
        if (!number) return done(null, body);
        return done(badUserInput(number.path, `${describePath(number.path)}${number.message}`));
      });
    },
  );
}

/** Leaves out what may be a secret in the place of a name. */
function describePath(path: readonly (string | number)[]): string {
  const isShort = path.every((step) => /^\w{1,40}$/.test(String(step)));
  return isShort && path.length > 0 ? `${path.join(".")}: ` : "";
}
