import { CountersignError, type TrustedAuthTokenReason } from "../shared/errors.js";

const MESSAGES: Record<TrustedAuthTokenReason, string> = {
  SIGNATURE: "No key of the profile verifies the token's signature",
  ISSUER: "The token's issuer is not the profile's issuer",
  AUDIENCE: "The token's audience does not include the profile's audience",
  EXPIRED: "The token has expired or is older than the profile allows",
  NOT_YET_VALID: "The token is not yet valid",
  ALGORITHM: "The profile does not accept the token's algorithm, or its keys do not support it",
  CONDITION:
    "The token's claims do not meet the profile's conditions, or its email address is not verified",
  CLAIM_MISSING: "The token lacks a required claim",
  REPLAYED: "The token has already been used",
  KEY_SET_UNAVAILABLE: "The profile's key set cannot be fetched, or has no usable key",
  MALFORMED: "The token is not a well-formed signed JWT, or a claim has an invalid value",
};

/** @param claim name or path of the claim or header parameter that the reason is about */
export function invalidTrustedAuthToken(
  reason: TrustedAuthTokenReason,
  claim?: string,
  options?: ErrorOptions,
) {
  const details = { reason, claim };
  return new CountersignError("INVALID_TRUSTED_AUTH_TOKEN", MESSAGES[reason], details, options);
}

/** The error with its explanation as message, for callers who may know the profile. */
export function explained(error: CountersignError): CountersignError {
  const { code, details, cause } = error;
  const { explanation } = details;
  return explanation === undefined
    ? error
    : new CountersignError(code, explanation, details, { cause });
}
