import type { JWTPayload } from "jose";
import type { CustomClaims } from "../register.js";
import { splitScope } from "../shared/scope.js";
import { type JwtRules, verifyJwt } from "./signed-jwt.js";
import { refused } from "./token-refused.js";
import type { VerifiedAccessToken } from "./verified.js";

/** The API's `tokenProfile`, which decides the form of its access tokens. */
export type TokenProfile = "DEFAULT" | "AUTH0" | "RFC9068";

/** `typ` of the access tokens of each profile. */
const TYPES: Readonly<Record<TokenProfile, string>> = {
  DEFAULT: "JWT",
  AUTH0: "JWT",
  RFC9068: "at+jwt",
};
export const TOKEN_PROFILES = Object.keys(TYPES) as TokenProfile[];

export const SESSION_TYPE = "session+jwt";

/**
 * Verifies an access token as its server does, but for what only the server knows: whether it has been revoked.
 * @param profile absent: any
 * @throws TokenRefused
 */
export async function verifyIssuedToken(
  token: string,
  rules: JwtRules,
  profile?: TokenProfile,
): Promise<VerifiedAccessToken> {
  const claims = await verifyJwt(token, rules, (typ) => {
    if (typ === SESSION_TYPE) throw refused("SESSION");
    const profiles = profile ? [profile] : TOKEN_PROFILES;
    if (!profiles.some((name) => TYPES[name] === typ)) throw refused("TYPE");
  });
  const clientId = claims["client_id"] ?? claims["azp"];
  // A session JWT in Stytch's format has the `typ` and audience of an access token, but no client.
  if (typeof clientId !== "string") throw refused("SESSION");
  if (claims.sub !== clientId && claims.sub !== `${clientId}@clients`) throw refused("SUBJECT");
  const { scope = "", cnf } = claims;
  if (typeof scope !== "string") throw refused("MALFORMED");
  return {
    clientId,
    subject: claims.sub,
    issuer: claims.iss,
    audience: [claims.aud].flat(),
    scopes: splitScope(scope),
    jti: claims.jti,
    issuedAt: new Date(claims.iat * 1000),
    expiresAt: new Date(claims.exp * 1000),
    ...(cnf !== undefined && { confirmation: confirmationOf(cnf) }),
    claims: claims as JWTPayload & CustomClaims,
  };
}

/** RFC 7800: empty if the key is of a kind that is not known here, which nothing can prove. */
function confirmationOf(cnf: unknown): { jkt?: string; x5tS256?: string } {
  const { jkt, "x5t#S256": x5tS256 } = Object(cnf) as Record<string, unknown>;
  return {
    ...(typeof jkt === "string" && { jkt }),
    ...(typeof x5tS256 === "string" && { x5tS256 }),
  };
}
