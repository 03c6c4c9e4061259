import { NoMatchingKey } from "../key-sets/key-set.js";
import { KeySetUnavailable } from "../key-sets/key-set-unavailable.js";
import type { CountersignError } from "../shared/errors.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

/**
 * The refusal of a token for which the profile has no key. Those who may know the profile are told why.
 * @returns null for any other error
 */
export function toKeyRefusal(error: unknown): CountersignError | null {
  if (error instanceof KeySetUnavailable) {
    return invalidTrustedAuthToken("KEY_SET_UNAVAILABLE", undefined, explainedBy(error));
  }
  if (!(error instanceof NoMatchingKey)) return null;
  const { parameter } = error;
  const reason = parameter === "kid" ? "SIGNATURE" : "ALGORITHM";
  return invalidTrustedAuthToken(reason, parameter, explainedBy(error));
}

function explainedBy(cause: Error) {
  return { explanation: cause.message, cause };
}
