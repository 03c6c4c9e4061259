import { MAX_SECRET_LENGTH } from "../clients/secret-rules.js";
import type { ParameterName } from "../shared/parameter-names.js";
import { MAX_ID_LENGTH } from "../shared/validation.js";

const MAX_URI_LENGTH = 255;

/**
 * The lengths of the parameters. A token or assertion that is too long is not valid, which is for its verifier to
 * say; `scope` has limits of its own.
 */
export const MAX_LENGTHS: Readonly<Record<ParameterName, number>> = {
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
};

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
