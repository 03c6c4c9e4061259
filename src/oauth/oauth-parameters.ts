import type { FastifyInstance, FastifyRequest } from "fastify";
import { badUserInput } from "../shared/errors.js";
import { isWellFormedText, NOT_WELL_FORMED } from "../shared/well-formed-text.js";

/** What endpoints, client authentication and grants read. */
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

/** The parameters of a request, each given at most once (RFC 6749 section 3.2). */
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

  /** `scope`, or another set that is separated by spaces. */
  list(name: ParameterName): string[] | undefined {
    const items = this.get(name)?.split(" ");
    return items && [...new Set(items.filter((item) => item !== ""))];
  }
}

export const NO_PARAMETERS = new OAuthParameters(new Map());

/** Form bodies become URLSearchParams, which keep what is repeated. */
export function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    async (_request: FastifyRequest, body: string) => new URLSearchParams(body),
  );
}

/** Form or JSON, as Auth0 and Stytch take both. @throws BAD_USER_INPUT */
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
      // What nobody reads is ignored (RFC 6749 section 3.2): Stytch's Rust SDK sends a list, `scopes`.
      if (!isKnown(name)) continue;
      throw badUserInput([], "A parameter must be a string");
    }
    if (!isWellFormedText(value)) throw badUserInput([], NOT_WELL_FORMED);
    if (values.has(name)) throw badUserInput([], "A parameter must not be repeated");
    values.set(name, value);
  }
  return new OAuthParameters(values);
}

function isKnown(name: string): name is ParameterName {
  return (NAMES as readonly string[]).includes(name);
}
