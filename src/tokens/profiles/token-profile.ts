import type { JWTPayload } from "jose";

/** What is known about a token before a profile gives it its form. */
export interface ClaimFacts {
  issuer: string;
  /** The project id, or the identifier of an API. */
  audience: string;
  clientId: string;
  scopes: readonly string[];
  issuedAt: number;
  expiresAt: number;
  jti: string;
  /** Whether the API wants its scopes as `permissions` too. */
  permissionsClaim: boolean;
}

/** The form of an access token: header `typ` and registered claims. One file each. */
export interface TokenProfile {
  typ: string;
  claims(facts: ClaimFacts): JWTPayload & { iat: number; exp: number; scope: string };
}
