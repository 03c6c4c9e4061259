import type { FastifyInstance, FastifyRequest } from "fastify";
import { badUserInput } from "../shared/errors.js";
import { isWellFormedText } from "../shared/well-formed-text.js";

/** The parameters that endpoints, client authentication and grants read. */
const NAMES = [
  "actor_token",
  "actor_token_type",
  "assertion",
  "audience",
  "client_assertion",
  "client_assertion_type",
  "client_id",
  "client_secret",
  "grant_type",
  "requested_token_type",
  "resource",
  "scope",
  "subject_token",
  "subject_token_type",
  "token",
] as const;
export type ParameterName = (typeof NAMES)[number];

/** Parameters of a request, each of which occurs at most once (RFC 6749 section 3.2). */
export class OAuthParameters {
  constructor(private readonly values: ReadonlyMap<string, string>) {}

  /** An empty parameter counts as absent (RFC 6749 section 3.2). */
  get(name: ParameterName): string | undefined {
    return this.values.get(name) || undefined;
  }

  /** @throws BAD_USER_INPUT */
  require(name: ParameterName): string {
    const value = this.get(name);
    if (value === undefined) throw badUserInput([name], `Missing required parameter: ${name}`);
    return value;
  }

  /** @returns the distinct values of a space-separated parameter */
  list(name: ParameterName): string[] | undefined {
    const items = this.get(name)?.split(" ");
    return items && [...new Set(items.filter((item) => item !== ""))];
  }
}

export const NO_PARAMETERS = new OAuthParameters(new Map());

export const NOT_WELL_FORMED_PARAMETER =
  "A parameter must be valid Unicode without the NUL character";

/** Parses form bodies to URLSearchParams, which keep repeated parameters. */
export function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    async (_request: FastifyRequest, body: string) => new URLSearchParams(body),
  );
}

/** Reads form or JSON bodies, since Auth0 and Stytch accept both. @throws BAD_USER_INPUT */
export function parseParameters(request: FastifyRequest): OAuthParameters {
  const { body } = request;
  if (body === null || typeof body !== "object" || Array.isArray(body)) {
    throw badUserInput([], "The body must be form-encoded or a JSON object");
  }
  const entries = body instanceof URLSearchParams ? [...body] : Object.entries(body as object);
  const values = new Map<string, string>();
  for (const [name, value] of entries as [string, unknown][]) {
    if (value === null || value === undefined) continue;
    if (typeof value !== "string") {
      // RFC 6749 section 3.2: unknown parameters are ignored. Stytch's Rust SDK sends a list, `scopes`.
      if (!isParameterName(name)) continue;
      throw badUserInput([], "A parameter must be a string");
    }
    if (!isWellFormedText(value)) throw badUserInput([], NOT_WELL_FORMED_PARAMETER);
    if (values.has(name)) throw badUserInput([], "A parameter must not be repeated");
    values.set(name, value);
  }
  return new OAuthParameters(values);
}

function isParameterName(name: string): name is ParameterName {
  return (NAMES as readonly string[]).includes(name);
}
