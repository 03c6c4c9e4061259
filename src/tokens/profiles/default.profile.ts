import type { TokenProfile } from "./token-profile.js";

/** The format that Stytch's SDKs expect: `typ` is JWT and `aud` a list. */
export const defaultProfile: TokenProfile = {
  typ: "JWT",
  requiresAudience: false,
  errorFormat: "RFC6749",
  claimNames: ["iss", "sub", "client_id", "aud", "scope", "iat", "nbf", "exp", "jti"],
  claims: (token) => ({
    iss: token.issuer,
    sub: token.clientId,
    client_id: token.clientId,
    aud: [token.audience],
    // Present even if it is empty: Stytch's SDKs split it without a check.
    scope: token.scopes.join(" "),
    iat: token.issuedAt,
    nbf: token.issuedAt,
    exp: token.expiresAt,
    jti: token.jti,
  }),
};
