import type { TokenProfile } from "./token-profile.js";

/** What Auth0's `access_token` dialect says, so that its resource servers need no change. */
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
    scope: token.scopes.join(" "),
    gty: "client-credentials",
    azp: token.clientId,
    // Auth0's have none; introspection and revocation by id need it
    jti: token.jti,
    ...(token.permissionsClaim && { permissions: [...token.scopes] }),
  }),
};
