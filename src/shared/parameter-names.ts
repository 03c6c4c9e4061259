/** The parameters that the OAuth endpoints, client authentication and grants read. */
export const PARAMETER_NAMES = [
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
export type ParameterName = (typeof PARAMETER_NAMES)[number];

/**
 * Parameters with a meaning at other token endpoints: of other grants and extensions (IANA's registry "OAuth
 * Parameters"), and Auth0's and Stytch's own. Many are credentials.
 */
const OTHER_NAMES = [
  "access_token auth_req_id authorization_details claim_token claim_token_format code code_verifier device_code",
  "id_token password pct redirect_uri refresh_token req_cnf rpt ticket token_type_hint username",
  "auth_session binding_code connection mfa_token oob_code organization otp realm recovery_code",
  "intermediate_session_token project_id secret session_jwt session_token",
].flatMap((names) => names.split(" "));

const READ: ReadonlySet<string> = new Set(PARAMETER_NAMES);
const PROTOCOL: ReadonlySet<string> = new Set([...PARAMETER_NAMES, ...OTHER_NAMES]);

export function isParameterName(name: string): name is ParameterName {
  return READ.has(name);
}

/**
 * The parameter that a name means as other programs write it: `scope[]`, `scope[0]`, `scopes`, `clientId`,
 * `Client-Id`. To ignore it, as unknown parameters are (RFC 6749 section 3.2), would give the client what it did not
 * ask for, such as all of its scopes.
 */
export function misspeltParameter(name: string): ParameterName | undefined {
  if (name.length > 100 || isParameterName(name)) return undefined;
  return spellings(name).find(isParameterName);
}

/** The parameter of the protocol that a name is or means, whether or not this server reads it. */
export function protocolParameter(name: string): string | undefined {
  return spellings(name).find((spelling) => PROTOCOL.has(spelling));
}

function spellings(name: string): string[] {
  const words = name.trim().replace(/(?:\[[^\]]*\])+$/, "");
  const snakeCase = words
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
  return [snakeCase, snakeCase.replace(/s$/, "")];
}
