import { type Clock, epochSeconds } from "../shared/clock.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { getClaim } from "./claim-path.js";
import { isOlderEntraIssuer } from "./presets/entra.js";
import { isTrustDomain, trustDomainOf } from "./spiffe-id.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";
import {
  fillIssuerTemplate,
  type IssuerTemplate,
  keepsTenantsApart,
  parseIssuerTemplate,
  type TenantSettings,
  type TrustedIssuers,
} from "./trusted-issuers.js";

/** Claims of a verified token. */
export type TrustedAuthClaims = JsonObject & { exp: number };

/** The end of the year 9999. `fromEpochSeconds` bounds what is stored. */
const MAX_EPOCH_SECONDS = 253_402_300_799;

/** Compares exactly: neither case nor a trailing slash nor Unicode is normalized. */
export function checkIssuer(profile: TrustedIssuers & TenantSettings, claims: JsonObject): void {
  const { issuer, alternativeIssuers } = profile;
  const { iss } = claims;
  if (isTrustDomain(issuer)) {
    checkTrustDomain(profile, claims);
    return;
  }
  if (iss === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING", "iss");
  if (alternativeIssuers.some((alternative) => alternative === iss)) return;
  const template = parseIssuerTemplate(issuer);
  const expected = template ? fillPlaceholder(profile, template, claims) : issuer;
  if (iss !== expected) {
    const cause = isOlderEntraIssuer(iss, issuer)
      ? "ISSUER_OF_ENTRA_VERSION_1"
      : near("ISSUER", [expected, ...alternativeIssuers], [iss]);
    throw invalidTrustedAuthToken(cause, "iss");
  }
}

/** JWT-SVID section 3: `sub` is the SPIFFE ID, and `iss` is optional. */
function checkTrustDomain(
  { issuer, alternativeIssuers }: TrustedIssuers,
  { iss, sub }: JsonObject,
): void {
  const accepted = [issuer, ...alternativeIssuers];
  if (iss !== undefined && !accepted.some((value) => value === iss)) {
    throw invalidTrustedAuthToken(near("ISSUER", accepted, [iss]), "iss");
  }
  if (trustDomainOf(sub) !== issuer) throw invalidTrustedAuthToken("TRUST_DOMAIN", "sub");
}

function fillPlaceholder(
  profile: TenantSettings,
  template: IssuerTemplate,
  claims: JsonObject,
): string {
  const { claim } = template;
  // A profile from before templates may have such an issuer.
  if (!keepsTenantsApart(profile, claim)) throw invalidTrustedAuthToken("ISSUER_OF_ANYBODY", claim);
  const filled = fillIssuerTemplate(template, claims);
  if (filled === null) throw invalidTrustedAuthToken("ISSUER_PLACEHOLDER", claim);
  return filled;
}

/**
 * RFC 7519 section 4.1.3: `aud` is the profile's audience or a list that contains it. Where the profile names
 * another claim for tokens without `aud`, a token that has one for somebody else alone is not for us.
 */
export function checkAudience(
  { audience, audienceClaim }: { audience: string; audienceClaim: string | null },
  claims: JsonObject,
): void {
  const path = audienceClaim ?? "aud";
  const value = audienceClaim === null ? claims["aud"] : getClaim(claims, audienceClaim);
  if (value === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING", path);
  const values = [value].flat();
  if (!values.includes(audience)) {
    throw invalidTrustedAuthToken(near("AUDIENCE", [audience], values), path);
  }
  const { aud = audience } = claims;
  if (![aud].flat().includes(audience)) throw invalidTrustedAuthToken("FURTHER_AUDIENCE", "aud");
}

type NearMiss = "ISSUER" | "AUDIENCE";

/** Whether a value differs from an expected one only by what people overlook: most guides print one of them wrong. */
function near<Name extends NearMiss>(
  name: Name,
  expected: readonly string[],
  values: readonly unknown[],
) {
  const texts = values.filter((value) => typeof value === "string");
  const isEqual = (form: (text: string) => string) =>
    texts.some((text) => expected.some((other) => form(text) === form(other)));
  const withoutSlash = (text: string) => text.replace(/\/$/, "");
  const inLowerCase = (text: string) => text.toLowerCase();
  if (isEqual(withoutSlash)) return `${name}_SLASH` as const;
  if (isEqual(inLowerCase)) return `${name}_CASE` as const;
  const isBoth = isEqual((text) => inLowerCase(withoutSlash(text)));
  return isBoth ? (`${name}_SLASH_AND_CASE` as const) : name;
}

/**
 * Requires `exp`, which RFC 7519 leaves optional; CVE-2026-53431 shows why. `nbf` and `iat` may be null, as some
 * libraries write what is not set.
 */
export function checkTimes(
  { clockToleranceSeconds: tolerance }: { clockToleranceSeconds: number },
  { exp, nbf, iat }: JsonObject,
  clock: Clock,
): void {
  const now = epochSeconds(clock.now());
  if (exp === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING", "exp");
  if (toNumericDate(exp, "exp") <= now - tolerance) throw invalidTrustedAuthToken("EXPIRED", "exp");
  for (const [claim, start] of Object.entries({ nbf, iat })) {
    if (!isAbsent(start) && toNumericDate(start, claim) > now + tolerance) {
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
  if (isAbsent(iat)) throw invalidTrustedAuthToken("CLAIM_MISSING", "iat");
  const age = epochSeconds(clock.now()) - toNumericDate(iat, "iat");
  if (age > profile.maxTokenAgeSeconds + profile.clockToleranceSeconds) {
    throw invalidTrustedAuthToken("TOO_OLD", "iat");
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** NumericDate of RFC 7519 section 2, in seconds. */
function toNumericDate(value: unknown, claim: string): number {
  if (typeof value === "number" && Math.abs(value) <= MAX_EPOCH_SECONDS) return value;
  throw invalidTrustedAuthToken("NUMERIC_DATE", claim);
}
