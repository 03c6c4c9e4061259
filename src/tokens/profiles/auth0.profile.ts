import type { TokenProfile } from "./token-profile.js";

/** What Auth0's `access_token` dialect says, so that its resource servers need no change. */
export const auth0Profile: TokenProfile = {
  typ: "JWT",
  requiresAudience: true,
  errorFormat: "AUTH0",
  claimNames: ["iss", "sub", "aud", "iat", "exp", "scope", "gty", "azp", "jti", "permissions"],
  claims: (facts) => ({
    iss: facts.issuer,
    sub: `${facts.clientId}@clients`,
    aud: facts.audience,
    iat: facts.issuedAt,
    exp: facts.expiresAt,
    scope: facts.scopes.join(" "),
    gty: "client-credentials",
    azp: facts.clientId,
    // Auth0's have none; introspection and revocation by id need it
    jti: facts.jti,
    ...(facts.permissionsClaim && { permissions: [...facts.scopes] }),
  }),
};
