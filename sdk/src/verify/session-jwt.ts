import { belowIssuer } from "../shared/issuer-url.js";
import { SESSION_TYPE } from "./access-token.js";
import { type JwtRules, verifyJwt } from "./signed-jwt.js";
import { refused } from "./token-refused.js";
import type { VerifiedSession } from "./verified.js";

/** The audience of the issuer's session JWTs, which no access token has. */
export function sessionAudience(issuer: string): string {
  return belowIssuer(issuer, "/sessions");
}

/** @throws TokenRefused */
export async function verifySessionJwt(jwt: string, rules: JwtRules): Promise<VerifiedSession> {
  const rulesOfSessions = { ...rules, audience: sessionAudience(rules.issuer) };
  const claims = await verifyJwt(jwt, rulesOfSessions, (typ) => {
    if (typ !== SESSION_TYPE) throw refused("TYPE");
  });
  const { id: sessionId } = Object(claims["session"]) as Record<string, unknown>;
  const { organization_id: organizationId } = Object(claims["organization"]) as Record<
    string,
    unknown
  >;
  if (typeof sessionId !== "string" || typeof organizationId !== "string") {
    throw refused("CLAIM_MISSING");
  }
  return {
    sessionId,
    memberId: claims.sub,
    organizationId,
    issuedAt: new Date(claims.iat * 1000),
    expiresAt: new Date(claims.exp * 1000),
    claims,
  };
}
