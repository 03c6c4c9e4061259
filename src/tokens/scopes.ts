import { CountersignError } from "../shared/errors.js";

/**
 * RFC 6749 section 3.3: what is asked for must be had; nothing asked for means everything.
 * @throws INVALID_SCOPE
 */
export function grantedScopes(
  requested: readonly string[] | null | undefined,
  held: readonly string[],
): readonly string[] {
  if (!requested) return held;
  const beyond = requested.findIndex((scope) => !held.includes(scope));
  if (beyond >= 0) {
    throw new CountersignError("INVALID_SCOPE", "The client does not have a requested scope", {
      path: ["input", "scopes", beyond],
    });
  }
  return requested;
}

/** `read:users` is covered by itself and by `read:*`, as in Stytch's SDKs. */
export function coversScope(held: readonly string[], required: string): boolean {
  const action = required.slice(0, required.indexOf(":") + 1);
  return held.includes(required) || (action !== "" && held.includes(`${action}*`));
}
