import {
  CountersignError,
  type CountersignErrorOptions,
  type TrustedAuthTokenReason,
} from "../shared/errors.js";
import type { TrustedAuthProfile } from "./profile.entity.js";

/** What callers are told who may not know more of the profile. */
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

/**
 * Every cause of a refusal: its reason, and a sentence for those who may know the profile, with the name of the
 * claim or header parameter in place of `$claim`, and never a value. The causes that are named as a reason are
 * the usual ones of it.
 */
const CAUSES = {
  NOT_A_JWT: [
    "MALFORMED",
    "The token is not a signed JWT of at most 16384 characters: three parts of base64url without padding, of which the first two are JSON objects that name no member twice",
  ],
  HEADER: [
    "MALFORMED",
    "The header parameter `$claim` has a value that this server does not support",
  ],
  MALFORMED: [
    "MALFORMED",
    "The claim `$claim` has an invalid value: it has another type, is too long, or contains characters that are not allowed",
  ],
  NUMERIC_DATE: [
    "MALFORMED",
    "The claim `$claim` is not a number of seconds since 1970 (RFC 7519 section 2)",
  ],

  ALGORITHM: [
    "ALGORITHM",
    "The header parameter `$claim` is no asymmetric algorithm that the profile allows",
  ],
  UNFIT_KEY: [
    "ALGORITHM",
    "A key of the profile is too short for the algorithm that the header parameter `$claim` names, or does not support it",
  ],

  CLAIM_MISSING: ["CLAIM_MISSING", "The token lacks the claim `$claim`, or it is empty"],

  ISSUER: [
    "ISSUER",
    "The claim `$claim` is neither the profile's issuer nor one of its alternative issuers",
  ],
  ISSUER_SLASH: [
    "ISSUER",
    "The claim `$claim` differs from the profile's issuer only by a slash at its end",
  ],
  ISSUER_CASE: ["ISSUER", "The claim `$claim` differs from the profile's issuer only by case"],
  ISSUER_SLASH_AND_CASE: [
    "ISSUER",
    "The claim `$claim` differs from the profile's issuer only by a slash at its end and by case",
  ],
  ISSUER_OF_ENTRA_VERSION_1: [
    "ISSUER",
    "The claim `$claim` is the issuer of Microsoft Entra's tokens of version 1.0, and the profile's issuer is that of version 2.0: set requestedAccessTokenVersion to 2 in the application's manifest",
  ],
  ISSUER_PLACEHOLDER: [
    "ISSUER",
    "The claim `$claim`, which the profile's issuer contains, must be a text of letters, digits, hyphens, underscores and single dots, at most 128 characters",
  ],
  ISSUER_OF_ANYBODY: [
    "ISSUER",
    "The profile's issuer contains the claim `$claim`, and nothing keeps the tenants apart: map the organization from it, or list the tenants in a condition on it",
  ],
  TRUST_DOMAIN: [
    "ISSUER",
    "The claim `$claim` is not the SPIFFE ID of a workload in the trust domain that is the profile's issuer",
  ],
  NO_PROFILE: [
    "ISSUER",
    "No profile for a client accepts the issuer that the claim `$claim` names",
  ],

  AUDIENCE: ["AUDIENCE", "The claim `$claim` neither is nor contains the profile's audience"],
  AUDIENCE_SLASH: [
    "AUDIENCE",
    "The claim `$claim` differs from the profile's audience only by a slash at its end",
  ],
  AUDIENCE_CASE: [
    "AUDIENCE",
    "The claim `$claim` differs from the profile's audience only by case",
  ],
  AUDIENCE_SLASH_AND_CASE: [
    "AUDIENCE",
    "The claim `$claim` differs from the profile's audience only by a slash at its end and by case",
  ],
  FURTHER_AUDIENCE: [
    "AUDIENCE",
    "The token has the claim `$claim` beside the profile's audienceClaim, and it does not contain the profile's audience (RFC 7519 section 4.1.3)",
  ],

  EXPIRED: ["EXPIRED", "The token has expired by its claim `$claim`"],
  TOO_OLD: ["EXPIRED", "The token is older by its claim `$claim` than maxTokenAgeSeconds allows"],
  NOT_YET_VALID: [
    "NOT_YET_VALID",
    "The claim `$claim` is in the future: the clock of the issuer or of this server may be wrong",
  ],

  KEY_SET_UNAVAILABLE: [
    "KEY_SET_UNAVAILABLE",
    "The profile's key set cannot be fetched, or has no usable key",
  ],
  SIGNATURE: ["SIGNATURE", "No key of the profile verifies the token's signature"],
  SIGNATURE_ENCODING: ["SIGNATURE", "The token's signature is not base64url"],

  CONDITION: ["CONDITION", "The claim `$claim` does not meet the profile's condition on it"],
  CONDITION_WITHOUT_CLAIM: [
    "CONDITION",
    "The token lacks the claim `$claim`, on which the profile has a condition",
  ],
  EMAIL_NOT_VERIFIED: [
    "CONDITION",
    "The claim `$claim` does not say that the email address is verified",
  ],

  REPLAYED: ["REPLAYED", "The token has already been used: its claim `$claim` was seen before"],
  REPLAYED_CLAIMS: [
    "REPLAYED",
    "The token has already been used: it has no id, and the same claims were seen before",
  ],
} satisfies Record<string, readonly [TrustedAuthTokenReason, string]> &
  Record<TrustedAuthTokenReason, readonly [TrustedAuthTokenReason, string]>;
export type TrustedAuthTokenCause = keyof typeof CAUSES;

/** @param claim name or path of the claim or header parameter that the refusal is about */
export function invalidTrustedAuthToken(
  cause: TrustedAuthTokenCause,
  claim?: string,
  options?: CountersignErrorOptions,
) {
  const [reason, sentence] = CAUSES[cause];
  const explanation = claim === undefined ? sentence : sentence.replace("$claim", () => claim);
  const details = { reason, claim };
  return new CountersignError("INVALID_TRUSTED_AUTH_TOKEN", MESSAGES[reason], details, {
    explanation,
    ...options,
  });
}

/** A refusal with its explanation as message, for callers who may know the profile. */
export function explained<E>(error: E): E | CountersignError {
  if (!(error instanceof CountersignError) || error.explanation === undefined) return error;
  const { code, details, explanation, cause } = error;
  return new CountersignError(code, explanation, details, { explanation, cause });
}

/** A refusal with its profile, for the log: an issuer has many profiles, and each has its own conditions. */
export function refusedBy<E>({ profileId }: TrustedAuthProfile, error: E): E | CountersignError {
  if (!(error instanceof CountersignError)) return error;
  const { code, message, details, explanation, cause } = error;
  return new CountersignError(code, message, { ...details, profileId }, { explanation, cause });
}
