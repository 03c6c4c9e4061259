import type { ReplayDetection } from "../persistence/replay-detection.js";
import { secondsFrom } from "../shared/clock.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { TrustedAuthClaims } from "./registered-claims.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

const REPLAY_NAMESPACE = "trusted-auth-token";

/** One token of a profile that has been verified; only such a one can be used up. */
export interface VerifiedTokenId {
  profile: TrustedAuthProfile;
  claims: TrustedAuthClaims;
  tokenId: string;
}

/** What is to be done about the use of a token. @throws INVALID_TRUSTED_AUTH_TOKEN: REPLAYED */
export type ReplayPolicy = (token: VerifiedTokenId) => Promise<void>;

/** Kept until a moment after the token has expired. */
export function consumeToken(replayDetection: ReplayDetection): ReplayPolicy {
  return async ({ profile, claims, tokenId }) => {
    const { projectId, profileId, clockToleranceSeconds } = profile;
    const expiry = new Date(Math.ceil(claims.exp) * 1000);
    const expiresAt = secondsFrom(expiry, clockToleranceSeconds + 1);
    const isFirst = await replayDetection.consume(
      REPLAY_NAMESPACE,
      [projectId, profileId, tokenId],
      expiresAt,
    );
    if (!isFirst) throw invalidTrustedAuthToken("REPLAYED");
  };
}

/** Only looks whether it has been used. */
export function assertUnused(replayDetection: ReplayDetection): ReplayPolicy {
  return async ({ profile: { projectId, profileId }, tokenId }) => {
    if (await replayDetection.isConsumed(REPLAY_NAMESPACE, [projectId, profileId, tokenId])) {
      throw invalidTrustedAuthToken("REPLAYED");
    }
  };
}
