import { type Clock, epochSeconds } from "../shared/clock.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

/** RFC 7519 section 4.1, as a verified token has them. */
export type TrustedAuthClaims = JsonObject & { iss: string; exp: number };

/** The end of the year 9999; both databases and JavaScript can represent it. */
const MAX_EPOCH_SECONDS = 253_402_300_799;

/** Exactly the same characters: neither case, nor a slash at the end, nor Unicode is normalized. */
export function checkIssuer({ issuer }: { issuer: string }, { iss }: JsonObject): void {
  if (iss === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING");
  if (iss !== issuer) throw invalidTrustedAuthToken("ISSUER");
}

/** RFC 7519 section 4.1.3: one audience, or a list with it. */
export function checkAudience({ audience }: { audience: string }, { aud }: JsonObject): void {
  if (aud === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING");
  if (aud !== audience && !(Array.isArray(aud) && aud.includes(audience))) {
    throw invalidTrustedAuthToken("AUDIENCE");
  }
}

/** A token without an end is none (RFC 8725 leaves it open, CVE-2026-53431 shows why). */
export function checkTimes(
  { clockToleranceSeconds: tolerance }: { clockToleranceSeconds: number },
  { exp, nbf, iat }: JsonObject,
  clock: Clock,
): void {
  const now = epochSeconds(clock.now());
  if (exp === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING");
  if (seconds(exp) <= now - tolerance) throw invalidTrustedAuthToken("EXPIRED");
  for (const start of [nbf, iat]) {
    if (start !== undefined && seconds(start) > now + tolerance) {
      throw invalidTrustedAuthToken("NOT_YET_VALID");
    }
  }
}

/** However long it may live by its own word. */
export function checkAge(
  profile: { maxTokenAgeSeconds: number | null; clockToleranceSeconds: number },
  { iat }: JsonObject,
  clock: Clock,
): void {
  if (profile.maxTokenAgeSeconds === null) return;
  if (iat === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING");
  const age = epochSeconds(clock.now()) - seconds(iat);
  if (age > profile.maxTokenAgeSeconds + profile.clockToleranceSeconds) {
    throw invalidTrustedAuthToken("EXPIRED");
  }
}

function seconds(value: unknown): number {
  if (typeof value === "number" && Math.abs(value) <= MAX_EPOCH_SECONDS) return value;
  throw invalidTrustedAuthToken("MALFORMED");
}
