import { scopeClaim, type TokenProfile } from "./token-profile.js";

/** The format of RFC 9068 section 2. */
export const rfc9068Profile: TokenProfile = {
  typ: "at+jwt",
  requiresAudience: false,
  errorFormat: "RFC6749",
  claimNames: ["iss", "sub", "client_id", "aud", "scope", "iat", "exp", "jti"],
  claims: (token) => ({
    iss: token.issuer,
    sub: token.clientId,
    client_id: token.clientId,
    aud: token.audience,
    ...scopeClaim(token.scopes),
    iat: token.issuedAt,
    exp: token.expiresAt,
    jti: token.jti,
  }),
};
