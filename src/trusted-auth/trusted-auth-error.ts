import { CountersignError, type TrustedAuthTokenReason } from "../shared/errors.js";

const MESSAGES: Record<TrustedAuthTokenReason, string> = {
  SIGNATURE: "No key of the profile verifies the token's signature",
  ISSUER: "The token's issuer is not that of the profile",
  AUDIENCE: "The token is for another audience than the profile's",
  EXPIRED: "The token has expired",
  NOT_YET_VALID: "The token is not valid yet",
  ALGORITHM: "The token's algorithm is not accepted, or does not fit the key",
  CONDITION: "The token's claims do not meet the profile's conditions",
  CLAIM_MISSING: "The token lacks a claim that is needed",
  REPLAYED: "The token has been used already",
  KEY_SET_UNAVAILABLE: "The profile's key set cannot be fetched",
  MALFORMED: "The token is not a signed JWT of the expected form",
};

export function invalidTrustedAuthToken(reason: TrustedAuthTokenReason, options?: ErrorOptions) {
  return new CountersignError("INVALID_TRUSTED_AUTH_TOKEN", MESSAGES[reason], { reason }, options);
}
