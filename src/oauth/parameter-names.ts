import { MAX_SECRET_LENGTH } from "../clients/secret-rules.js";
import { MAX_ID_LENGTH } from "../shared/validation.js";

const MAX_URI_LENGTH = 255;

/**
 * The parameters that endpoints, client authentication and grants read, and their lengths. A token or assertion
 * that is too long is not valid, which is for its verifier to say; `scope` has limits of its own.
 */
export const MAX_LENGTHS = {
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

/** Secrets, tokens and assertions. */
const CREDENTIALS: ReadonlySet<ParameterName> = new Set([
  "actor_token",
  "assertion",
  "client_assertion",
  "client_secret",
  "subject_token",
  "token",
]);

export function isCredential(name: ParameterName): boolean {
  return CREDENTIALS.has(name);
}

export function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(MAX_LENGTHS, name);
}

/**
 * The parameter that a name means as other programs write it: `scope[]`, `scope[0]`, `scopes`, `clientId`,
 * `Client-Id`. To ignore it, as unknown parameters are (RFC 6749 section 3.2), would give the client what it did not
 * ask for, such as all of its scopes.
 */
export function misspeltParameter(name: string): ParameterName | undefined {
  if (name.length > 100 || isParameterName(name)) return undefined;
  const words = name.trim().replace(/(?:\[[^\]]*\])+$/, "");
  const snakeCase = words
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
  return [snakeCase, snakeCase.replace(/s$/, "")].find(isParameterName);
}
