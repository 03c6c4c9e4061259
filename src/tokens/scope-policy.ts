import { CountersignError } from "../shared/errors.js";

/**
 * RFC 6749 section 3.3: what is asked for must have been granted; nothing asked for means everything,
 * where the audience allows that.
 * @throws INVALID_SCOPE
 */
export function resolveScopes(
  requested: readonly string[] | null | undefined,
  granted: readonly string[],
  allowOmitted: boolean,
): readonly string[] {
  if (!requested || requested.length === 0) {
    if (requested || allowOmitted) return requested ?? granted;
    throw new CountersignError("INVALID_SCOPE", "This audience needs scopes to be named", {
      denial: "SCOPE_OMITTED",
    });
  }
  const notGranted = requested.flatMap((scope, index) => (granted.includes(scope) ? [] : [index]));
  if (notGranted.length > 0) {
    throw new CountersignError(
      "INVALID_SCOPE",
      "The client has not been granted a requested scope",
      {
        path: ["input", "scopes", notGranted[0] ?? 0],
        denial: "SCOPE_NOT_GRANTED",
        scopeIndices: notGranted,
      },
    );
  }
  return requested;
}

/** `read:users` is covered by itself and by `read:*`, as in Stytch's SDKs. */
export function coversScope(held: readonly string[], required: string): boolean {
  const action = required.slice(0, required.indexOf(":") + 1);
  return held.includes(required) || (action !== "" && held.includes(`${action}*`));
}
