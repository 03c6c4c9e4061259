import { type Clock, epochSeconds } from "../shared/clock.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

/** Claims of a verified token, with the registered claims of RFC 7519 section 4.1. */
export type TrustedAuthClaims = JsonObject & { iss: string; exp: number };

/** The end of the year 9999. `fromEpochSeconds` bounds what is stored. */
const MAX_EPOCH_SECONDS = 253_402_300_799;

/** Compares exactly: neither case nor a trailing slash nor Unicode is normalized. */
export function checkIssuer({ issuer }: { issuer: string }, { iss }: JsonObject): void {
  if (iss === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING", "iss");
  if (iss !== issuer) throw invalidTrustedAuthToken("ISSUER", "iss");
}

/** RFC 7519 section 4.1.3: `aud` is the profile's audience or a list that contains it. */
export function checkAudience({ audience }: { audience: string }, { aud }: JsonObject): void {
  if (aud === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING", "aud");
  if (aud !== audience && !(Array.isArray(aud) && aud.includes(audience))) {
    throw invalidTrustedAuthToken("AUDIENCE", "aud");
  }
}

/** Requires `exp`, which RFC 7519 leaves optional; CVE-2026-53431 shows why. */
export function checkTimes(
  { clockToleranceSeconds: tolerance }: { clockToleranceSeconds: number },
  { exp, nbf, iat }: JsonObject,
  clock: Clock,
): void {
  const now = epochSeconds(clock.now());
  if (exp === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING", "exp");
  if (toNumericDate(exp, "exp") <= now - tolerance) throw invalidTrustedAuthToken("EXPIRED", "exp");
  for (const [claim, start] of Object.entries({ nbf, iat })) {
    if (start !== undefined && toNumericDate(start, claim) > now + tolerance) {
      throw invalidTrustedAuthToken("NOT_YET_VALID", claim);
    }
  }
}

/** Limits the age by `iat`, whatever `exp` says. */
export function checkAge(
  profile: { maxTokenAgeSeconds: number | null; clockToleranceSeconds: number },
  { iat }: JsonObject,
  clock: Clock,
): void {
  if (profile.maxTokenAgeSeconds === null) return;
  if (iat === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING", "iat");
  const age = epochSeconds(clock.now()) - toNumericDate(iat, "iat");
  if (age > profile.maxTokenAgeSeconds + profile.clockToleranceSeconds) {
    throw invalidTrustedAuthToken("EXPIRED", "iat");
  }
}

/** NumericDate of RFC 7519 section 2, in seconds. */
function toNumericDate(value: unknown, claim: string): number {
  if (typeof value === "number" && Math.abs(value) <= MAX_EPOCH_SECONDS) return value;
  throw invalidTrustedAuthToken("MALFORMED", claim);
}
