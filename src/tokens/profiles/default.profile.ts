import type { TokenProfile } from "./token-profile.js";

/** The form that Stytch's SDKs expect: `typ` JWT, `aud` a list. */
export const defaultProfile: TokenProfile = {
  typ: "JWT",
  requiresAudience: false,
  errorFormat: "RFC6749",
  claimNames: ["iss", "sub", "client_id", "aud", "scope", "iat", "nbf", "exp", "jti"],
  claims: (facts) => ({
    iss: facts.issuer,
    sub: facts.clientId,
    client_id: facts.clientId,
    aud: [facts.audience],
    scope: facts.scopes.join(" "),
    iat: facts.issuedAt,
    nbf: facts.issuedAt,
    exp: facts.expiresAt,
    jti: facts.jti,
  }),
};
