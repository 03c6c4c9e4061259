import { scopeClaim, type TokenProfile } from "./token-profile.js";

/** Auth0's format (its `access_token` dialect), so that resource servers need no change. */
export const auth0Profile: TokenProfile = {
  typ: "JWT",
  requiresAudience: true,
  errorFormat: "AUTH0",
  claimNames: ["iss", "sub", "aud", "iat", "exp", "scope", "gty", "azp", "jti", "permissions"],
  claims: (token) => ({
    iss: token.issuer,
    sub: `${token.clientId}@clients`,
    aud: token.audience,
    iat: token.issuedAt,
    exp: token.expiresAt,
    ...scopeClaim(token.scopes),
    gty: "client-credentials",
    azp: token.clientId,
    // Auth0's tokens have no `jti`; this server needs it to revoke a token.
    jti: token.jti,
    ...(token.permissionsClaim && { permissions: [...token.scopes] }),
  }),
};
