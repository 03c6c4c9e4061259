import { CountersignError } from "../shared/errors.js";

/**
 * RFC 6749 section 3.3: the client must have been granted all requested scopes. If it requests none, it
 * gets all granted ones, unless the audience requires scopes in the request.
 * @throws INVALID_SCOPE
 */
export function resolveScopes(
  requested: readonly string[] | null | undefined,
  granted: readonly string[],
  allowOmitted: boolean,
): readonly string[] {
  if (!requested) {
    if (allowOmitted) return granted;
    throw new CountersignError("INVALID_SCOPE", "The request must name scopes for this audience", {
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

/** `read:users` and `read:*` cover `read:users`, as in Stytch's SDKs. */
export function coversScope(granted: readonly string[], required: string): boolean {
  const action = required.slice(0, required.indexOf(":") + 1);
  return granted.includes(required) || (action !== "" && granted.includes(`${action}*`));
}
