import type { TokenProfile } from "./token-profile.js";

/** The form that Stytch's SDKs expect: `typ` JWT, `aud` a list. */
export const defaultProfile: TokenProfile = {
  typ: "JWT",
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
