import type { FastifyInstance, FastifyRequest } from "fastify";
import { MAX_SECRET_LENGTH } from "../clients/secret-rules.js";
import { acceptJson } from "../http/json-body.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import { MAX_ID_LENGTH } from "../shared/validation.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { requestedScopeText } from "../tokens/scope-policy.js";

/** Allows three tokens of the longest kind beside the other parameters. */
const MAX_BODY_BYTES = 128 * 1024;
/** Parameters of a form: many small ones take the longest to parse. */
const MAX_PARAMETERS = 1000;

const MAX_URI_LENGTH = 255;

/**
 * The parameters that endpoints, client authentication and grants read, and their lengths. A token or assertion
 * that is too long is not valid, which is for its verifier to say; `scope` has limits of its own.
 */
const MAX_LENGTHS = {
  actor_token: Infinity,
  actor_token_type: MAX_URI_LENGTH,
  assertion: Infinity,
  audience: MAX_ID_LENGTH,
  client_assertion: Infinity,
  client_assertion_type: MAX_URI_LENGTH,
  client_id: MAX_ID_LENGTH,
  client_secret: MAX_SECRET_LENGTH,
  grant_type: MAX_URI_LENGTH,
  requested_token_type: MAX_URI_LENGTH,
  resource: MAX_ID_LENGTH,
  scope: Infinity,
  subject_token: Infinity,
  subject_token_type: MAX_URI_LENGTH,
  token: Infinity,
} as const;
export type ParameterName = keyof typeof MAX_LENGTHS;

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

  /** @returns the distinct scopes that the request names @throws INVALID_SCOPE (RFC 6749 section 5.2) */
  scopes(): string[] | undefined {
    const text = this.get("scope");
    if (text === undefined) return undefined;
    const { data, error } = requestedScopeText.safeParse(text);
    if (data) return data;
    throw new CountersignError("INVALID_SCOPE", error?.issues[0]?.message ?? "Invalid scope");
  }
}

export const NO_PARAMETERS = new OAuthParameters(new Map());

export const NOT_WELL_FORMED_PARAMETER =
  "A parameter must be valid Unicode without the NUL character";

/** Parses JSON bodies, and form bodies to URLSearchParams, which keep repeated parameters. */
export function acceptFormsAndJson(app: FastifyInstance): void {
  const options = { bodyLimit: MAX_BODY_BYTES };
  acceptJson(app, options);
  app.addContentTypeParser<string>(
    "application/x-www-form-urlencoded",
    { ...options, parseAs: "string" },
    async (_request: FastifyRequest, body: string) => {
      if (countOf("&", body) < MAX_PARAMETERS) return new URLSearchParams(body);
      throw badUserInput([], `The body must have at most ${MAX_PARAMETERS} parameters`);
    },
  );
}

function countOf(character: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
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
    if (isParameterName(name) && value.length > MAX_LENGTHS[name]) {
      throw badUserInput([name], `Must have at most ${MAX_LENGTHS[name]} characters`);
    }
    if (values.has(name)) throw badUserInput([], "A parameter must not be repeated");
    values.set(name, value);
  }
  return new OAuthParameters(values);
}

function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(MAX_LENGTHS, name);
}
