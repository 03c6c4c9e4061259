import { NoMatchingKey } from "../key-sets/key-set.js";
import { KeySetUnavailable } from "../key-sets/key-set-unavailable.js";
import { CountersignError } from "../shared/errors.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

/**
 * The refusal of a token for which the profile has no key. Those who may know the profile are told why.
 * @returns null for any other error
 */
export function toKeyRefusal(error: unknown): CountersignError | null {
  if (error instanceof KeySetUnavailable) {
    return explainedBy(error, invalidTrustedAuthToken("KEY_SET_UNAVAILABLE"));
  }
  if (!(error instanceof NoMatchingKey)) return null;
  const { parameter } = error;
  return explainedBy(
    error,
    invalidTrustedAuthToken(parameter === "kid" ? "SIGNATURE" : "ALGORITHM", parameter),
  );
}

function explainedBy(cause: Error, { code, message, details }: CountersignError) {
  const explanation = cause.message;
  return new CountersignError(code, message, { ...details, explanation }, { cause });
}
