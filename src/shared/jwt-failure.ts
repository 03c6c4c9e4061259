import { errors } from "jose";
import type { TrustedAuthTokenReason } from "./errors.js";
import { MalformedJwt } from "./unverified-jwt.js";

/** Why a JWT is refused, and the claim or header parameter that the reason is about. */
export interface JwtFailure {
  reason: TrustedAuthTokenReason;
  claim?: string | undefined;
}

const REASONS_BY_CLAIM: Readonly<Record<string, TrustedAuthTokenReason>> = {
  iss: "ISSUER",
  aud: "AUDIENCE",
  nbf: "NOT_YET_VALID",
  iat: "NOT_YET_VALID",
  sub: "CONDITION",
};

/** Reads the failure from an error of jose or a MalformedJwt. @returns null for any other error */
export function toJwtFailure(error: unknown): JwtFailure | null {
  if (error instanceof errors.JWTExpired) return { reason: "EXPIRED", claim: error.claim };
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    if (reason === "missing") return { reason: "CLAIM_MISSING", claim };
    const isWrong = reason === "check_failed";
    return { reason: (isWrong && REASONS_BY_CLAIM[claim]) || "MALFORMED", claim };
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return { reason: "SIGNATURE" };
  if (error instanceof MalformedJwt) return { reason: "MALFORMED", claim: error.parameter };
  // jose throws a TypeError if the key does not support the algorithm.
  const isAlgorithm =
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof TypeError;
  if (isAlgorithm) return { reason: "ALGORITHM", claim: "alg" };
  return error instanceof errors.JOSEError ? { reason: "MALFORMED" } : null;
}
