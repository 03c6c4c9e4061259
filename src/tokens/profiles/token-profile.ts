import type { JWTPayload } from "jose";

/** The properties of a token, from which a profile makes claims. Times in epoch seconds. */
export interface TokenProperties {
  issuer: string;
  /** The project id, or the identifier of an API. */
  audience: string;
  clientId: string;
  scopes: readonly string[];
  issuedAt: number;
  expiresAt: number;
  jti: string;
  /** Whether the API's tokens have a `permissions` claim. */
  permissionsClaim: boolean;
}

/** Errors of RFC 6749 section 5.2, or those of Auth0's token endpoint. */
export type ErrorFormat = "RFC6749" | "AUTH0";

/** The format of access tokens: header `typ` and registered claims. Each profile has its own file. */
export interface TokenProfile {
  typ: string;
  /** Whether a request must name an audience if the project has no default audience. */
  requiresAudience: boolean;
  /** Format of the token endpoint's errors. */
  errorFormat: ErrorFormat;
  /** Every claim that `claims` can set. */
  claimNames: readonly string[];
  claims(token: TokenProperties): JWTPayload & { iat: number; exp: number; scope?: string };
}

/** The claim `scope`, left out if it would be empty: `""` is no valid value (RFC 6749 section 3.3). */
export function scopeClaim(scopes: readonly string[]): { scope?: string } {
  return scopes.length > 0 ? { scope: scopes.join(" ") } : {};
}
