import type { JWTPayload } from "jose";
import { epochSeconds, latestElsewhere, MAX_CLOCK_DIFFERENCE_SECONDS } from "../shared/clock.js";
import { invalidToken } from "./token-refusal.js";

export type AccessTokenClaims = JWTPayload & {
  iss: string;
  sub: string;
  aud: string | string[];
  /** Absent: the token has no scopes. */
  scope?: string;
  iat: number;
  exp: number;
  jti: string;
};

const REQUIRED_CLAIMS = ["iss", "sub", "aud", "iat", "exp", "jti"];

/** The client that a token says it was issued to, by the claim of its profile; undefined: none. */
export function clientIdOf(claims: JWTPayload): string | undefined {
  const clientId = claims["client_id"] ?? claims["azp"];
  return typeof clientId === "string" ? clientId : undefined;
}

/** The audience of a token, of which this server's tokens have one; null: none, or several. */
export function audienceOf({ aud }: JWTPayload): string | null {
  const [audience, ...others] = [aud].flat();
  return typeof audience === "string" && others.length === 0 ? audience : null;
}

/** RFC 6749 section 3.3 */
export function splitScope(scope = ""): string[] {
  return scope === "" ? [] : scope.split(" ");
}

/**
 * Checks the registered claims (RFC 7519 section 4.1) but for the issuer. Accepts a token that has just expired,
 * because it may be valid in another process.
 * @param audience absent: any
 * @throws INVALID_TOKEN
 */
export function checkClaims(
  claims: JWTPayload,
  audience: string | undefined,
  now: Date,
): AccessTokenClaims {
  if (REQUIRED_CLAIMS.some((name) => !Object.hasOwn(claims, name))) {
    throw invalidToken("CLAIM_MISSING");
  }
  if (audience !== undefined && ![claims.aud].flat().includes(audience)) {
    throw invalidToken("AUDIENCE");
  }
  if (!areWellTyped(claims)) throw invalidToken("MALFORMED");
  const { nbf = claims.iat, iat, exp } = claims;
  // Not every profile has `nbf`.
  if (Math.max(nbf, iat) > epochSeconds(latestElsewhere(now))) throw invalidToken("NOT_YET_VALID");
  if (exp <= epochSeconds(now) - MAX_CLOCK_DIFFERENCE_SECONDS) throw invalidToken("EXPIRED");
  return claims;
}

function areWellTyped(claims: JWTPayload): claims is AccessTokenClaims {
  const { iss, sub, jti, iat, exp, nbf = 0, scope = "", cnf } = claims;
  return (
    [iss, sub, jti, scope].every((claim) => typeof claim === "string") &&
    [iat, exp, nbf].every((claim) => typeof claim === "number") &&
    cnf !== null
  );
}
