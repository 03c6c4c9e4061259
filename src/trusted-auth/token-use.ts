import { secondsFrom } from "../shared/clock.js";
import type { SingleUse } from "../shared/single-use.js";
import { invalidTrustedAuthToken } from "./invalid-token.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { TrustedAuthClaims } from "./token-claims.js";

const KIND = "trusted-auth-token";

/** One token of a profile that has been verified; only such a one can be used up. */
export interface UsableToken {
  profile: TrustedAuthProfile;
  claims: TrustedAuthClaims;
  tokenId: string;
}

/** What is to be done about the use of a token. @throws INVALID_TRUSTED_AUTH_TOKEN: REPLAYED */
export type UseToken = (token: UsableToken) => Promise<void>;

/** Kept until a moment after the token has expired. */
export function useUp(singleUse: SingleUse): UseToken {
  return async ({ profile, claims, tokenId }) => {
    const { projectId, profileId, clockToleranceSeconds } = profile;
    const expiry = new Date(Math.ceil(claims.exp) * 1000);
    const expiresAt = secondsFrom(expiry, clockToleranceSeconds + 1);
    const isFirst = await singleUse.claim(KIND, [projectId, profileId, tokenId], expiresAt);
    if (!isFirst) throw invalidTrustedAuthToken("REPLAYED");
  };
}

/** Only looks whether it has been used. */
export function lookIfUsed(singleUse: SingleUse): UseToken {
  return async ({ profile: { projectId, profileId }, tokenId }) => {
    if (await singleUse.isClaimed(KIND, [projectId, profileId, tokenId])) {
      throw invalidTrustedAuthToken("REPLAYED");
    }
  };
}
