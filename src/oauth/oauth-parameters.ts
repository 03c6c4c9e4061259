import type { FastifyInstance, FastifyRequest } from "fastify";
import { acceptJson } from "../http/json-body.js";
import { withoutFinalNewline } from "../shared/authorization-header.js";
import { badUserInput, CountersignError } from "../shared/errors.js";
import {
  isParameterName,
  misspeltParameter,
  type ParameterName,
} from "../shared/parameter-names.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { requestedScopeText } from "../tokens/scope-policy.js";
import { isCredential, MAX_LENGTHS } from "./parameter-rules.js";

/** Allows three tokens of the longest kind beside the other parameters. */
const MAX_BODY_BYTES = 128 * 1024;
/** Parameters of a form: many small ones take the longest to parse. */
const MAX_PARAMETERS = 1000;

/** Parameters of a request, each of which occurs at most once (RFC 6749 section 3.2). */
export class OAuthParameters {
  /** @param values strings, and of parameters that the server does not know any JSON */
  constructor(private readonly values: ReadonlyMap<string, unknown>) {}

  /** An empty parameter counts as absent (RFC 6749 section 3.2). */
  get(name: ParameterName): string | undefined {
    const value = this.values.get(name);
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  /** A parameter that only a claims template knows, of any JSON type. */
  getUnknown(name: string): unknown {
    return this.values.get(name);
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
  acceptJson(app, { ...options, refuseNumbers: true });
  app.addContentTypeParser<string>(
    "application/x-www-form-urlencoded",
    { ...options, parseAs: "string" },
    async (_request: FastifyRequest, body: string) => {
      // A file ends with a line break, which is no part of a form.
      const form = body.replace(/\r?\n$/, "");
      if (countOf("&", form) < MAX_PARAMETERS) return new URLSearchParams(form);
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
export function parseParameters(body: unknown): OAuthParameters {
  if (body === null || typeof body !== "object" || Array.isArray(body)) {
    throw badUserInput([], "The body must be form-encoded or a JSON object");
  }
  const entries = body instanceof URLSearchParams ? [...body] : Object.entries(body as object);
  const values = new Map<string, unknown>();
  for (const [name, value] of entries as [string, unknown][]) {
    if (isEmpty(value)) continue;
    if (value !== "") assertSpelling(name);
    if (typeof value !== "string") {
      // RFC 6749 section 3.2: unknown parameters are ignored, unless the claims template names them.
      if (!isParameterName(name)) {
        values.set(name, value);
        continue;
      }
      throw isSeveral(name, value) ? oneAudience() : badUserInput([name], mustBeString(name));
    }
    if (!isWellFormedText(value)) throw badUserInput([], NOT_WELL_FORMED_PARAMETER);
    if (isParameterName(name) && value.length > MAX_LENGTHS[name]) {
      throw badUserInput([name], `Must have at most ${MAX_LENGTHS[name]} characters`);
    }
    if (values.has(name)) {
      throw isAudience(name) ? oneAudience() : badUserInput([], "A parameter must not be repeated");
    }
    values.set(
      name,
      isParameterName(name) && isCredential(name) ? withoutFinalNewline(value) : value,
    );
  }
  return new OAuthParameters(values);
}

/** Null, and the list that the client of another language sends for none. */
function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

/** @throws BAD_USER_INPUT */
function assertSpelling(name: string): void {
  const meant = misspeltParameter(name);
  if (meant) throw badUserInput([meant], `The parameter is named ${meant}: ${mustBeString(meant)}`);
}

function mustBeString(name: ParameterName): string {
  const scopes = name === "scope" ? ", in which spaces separate the scopes" : "";
  return `${name} must be one string${scopes}`;
}

function isAudience(name: string): boolean {
  return name === "resource" || name === "audience";
}

function isSeveral(name: ParameterName, value: unknown): boolean {
  return isAudience(name) && Array.isArray(value) && value.length > 1;
}

/** A token has one audience (RFC 8707 section 2, RFC 8693 section 2.2.2). */
function oneAudience(): CountersignError {
  return new CountersignError(
    "INVALID_TARGET",
    "A token is for one audience: request one token for each resource",
  );
}
