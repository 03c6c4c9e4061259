import type { JWTPayload } from "jose";

/** What is known about a token before a profile gives it its form. */
export interface TokenProperties {
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

/** RFC 6749 section 5.2, or what Auth0's token endpoint answers. */
export type ErrorFormat = "RFC6749" | "AUTH0";

/** The form of an access token: header `typ` and registered claims. One file each. */
export interface TokenProfile {
  typ: string;
  /** Whether a request must name an audience where the project has no default. */
  requiresAudience: boolean;
  /** Form of the errors of requests for such tokens. */
  errorFormat: ErrorFormat;
  /** Every claim that `claims` can set. */
  claimNames: readonly string[];
  claims(token: TokenProperties): JWTPayload & { iat: number; exp: number; scope: string };
}
