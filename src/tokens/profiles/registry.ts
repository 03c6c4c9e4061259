import type { TokenProfileName } from "../../projects/project.entity.js";
import { auth0Profile } from "./auth0.profile.js";
import { defaultProfile } from "./default.profile.js";
import { rfc9068Profile } from "./rfc9068.profile.js";
import type { TokenProfile } from "./token-profile.js";

export const tokenProfiles: Readonly<Record<TokenProfileName, TokenProfile>> = {
  DEFAULT: defaultProfile,
  AUTH0: auth0Profile,
  RFC9068: rfc9068Profile,
};

/** The claims that this server itself sets in access tokens. */
export const ACCESS_TOKEN_CLAIMS: ReadonlySet<string> = new Set([
  ...Object.values(tokenProfiles).flatMap((profile) => profile.claimNames),
  // RFC 7800: set in every profile if the token is bound to a key.
  "cnf",
]);

/** The `typ` headers of this server's access tokens. */
export const ACCESS_TOKEN_TYPES: ReadonlySet<string> = new Set(
  Object.values(tokenProfiles).map((profile) => profile.typ),
);
