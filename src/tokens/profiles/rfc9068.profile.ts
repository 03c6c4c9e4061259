import type { TokenProfile } from "./token-profile.js";

/** RFC 9068 section 2. */
export const rfc9068Profile: TokenProfile = {
  typ: "at+jwt",
  requiresAudience: false,
  errorFormat: "RFC6749",
  claimNames: ["iss", "sub", "client_id", "aud", "scope", "iat", "exp", "jti"],
  claims: (facts) => ({
    iss: facts.issuer,
    sub: facts.clientId,
    client_id: facts.clientId,
    aud: facts.audience,
    scope: facts.scopes.join(" "),
    iat: facts.issuedAt,
    exp: facts.expiresAt,
    jti: facts.jti,
  }),
};
