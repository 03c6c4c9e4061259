import type { JWTPayload } from "jose";
import type { Audience, CustomClaims, Scope, SessionCustomClaims } from "../register.js";

/** What is known of an access token that has been verified. */
export interface VerifiedAccessToken<A extends Audience = Audience> {
  clientId: string;
  /** The client id; in the profile `AUTH0` followed by `@clients`. */
  subject: string;
  issuer: string;
  audience: readonly string[];
  scopes: readonly string[];
  jti: string;
  issuedAt: Date;
  expiresAt: Date;
  /** The key that the token is bound to (RFC 7800): RFC 9449 section 6, RFC 8705 section 3. */
  confirmation?: { jkt?: string; x5tS256?: string };
  /** All claims, those of the claims template among them. */
  claims: JWTPayload & CustomClaims<A>;
}

/** What is known of a member's session whose JWT has been verified. */
export interface VerifiedSession {
  sessionId: string;
  memberId: string;
  organizationId: string;
  issuedAt: Date;
  /** of the JWT; the session lasts longer */
  expiresAt: Date;
  claims: JWTPayload & SessionCustomClaims;
}

/** How a request shows that it holds the key that its token is bound to. */
export interface PossessionProof {
  /** RFC 9449: the DPoP header, and the method and the absolute URL of the request that it is for. */
  dpop?: { proof: string; httpMethod: string; url: string };
  /** RFC 8705: the client certificate of the connection, DER or PEM. */
  clientCertificate?: Uint8Array | string;
}

export interface VerifyAccessTokenOptions<A extends Audience = Audience> {
  /** All of these are required. A wildcard covers them as it does at the server. */
  scopes?: readonly Scope<A>[];
  proof?: PossessionProof;
  /** Whether to ask the issuer if the token has been revoked. Default: whether the verifier's `revocation` is set. */
  revocation?: boolean;
}

/** Verifies tokens of one issuer, without asking it about each. */
export interface Verifier<A extends Audience = Audience> {
  readonly issuer: string;
  readonly audience: A;
  /** @throws TokenRefused */
  verifyAccessToken(
    token: string,
    options?: VerifyAccessTokenOptions<A>,
  ): Promise<VerifiedAccessToken<A>>;
  /**
   * Verifies a session JWT in this server's own format. Those in Stytch's format are refused.
   * @throws TokenRefused
   */
  verifySession(jwt: string): Promise<VerifiedSession>;
  /** Fetches the issuer's keys, so that the first request does not wait for them. @throws TokenRefused 503 */
  prefetch(): Promise<void>;
}
