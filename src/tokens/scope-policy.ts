import { MAX_API_SCOPES } from "../apis/api-rules.js";
import { CountersignError, type ErrorDetails } from "../shared/errors.js";
import { scopeMatcher } from "../shared/scopes.js";
import { scopeList, scopeText } from "../shared/validation.js";

/** A request may name all scopes of an API, whichever transport it comes by. */
export const requestedScopes = scopeList(MAX_API_SCOPES);
export const requestedScopeText = scopeText(MAX_API_SCOPES);

/**
 * RFC 6749 section 3.3: each requested scope must be covered by a granted one, and is issued as requested. If
 * the client requests none, it gets all granted ones, unless the audience requires scopes in the request.
 * @param target what the log says of a refusal
 * @throws INVALID_SCOPE
 */
export function resolveScopes(
  requested: readonly string[] | null | undefined,
  granted: readonly string[],
  allowOmitted: boolean,
  target?: ErrorDetails["target"],
): readonly string[] {
  if (!requested) {
    if (allowOmitted) return granted;
    throw new CountersignError("INVALID_SCOPE", "The request must name scopes for this audience", {
      denial: "SCOPE_OMITTED",
      ...(target && { target }),
    });
  }
  const isGranted = scopeMatcher(granted);
  const notGranted = requested.flatMap((scope, index) => (isGranted(scope) ? [] : [index]));
  if (notGranted.length > 0) {
    throw new CountersignError(
      "INVALID_SCOPE",
      "The client has not been granted a requested scope",
      {
        path: ["input", "scopes", notGranted[0] ?? 0],
        denial: "SCOPE_NOT_GRANTED",
        scopeIndices: notGranted,
        deniedScopes: notGranted.map((index) => String(requested[index])),
        ...(target && { target }),
      },
    );
  }
  return requested;
}

/**
 * @param message of a refusal
 * @throws INVALID_SCOPE if the held scopes do not cover a required one
 */
export function assertScopes(
  held: readonly string[],
  required: readonly string[],
  message: string,
  clientId: string,
): void {
  const covers = scopeMatcher(held);
  const missingIndex = required.findIndex((scope) => !covers(scope));
  if (missingIndex < 0) return;
  throw new CountersignError("INVALID_SCOPE", message, {
    path: ["input", "requiredScopes", missingIndex],
    deniedScopes: required.filter((scope) => !covers(scope)),
    clientId,
  });
}
