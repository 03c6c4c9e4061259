import type { ReplayDetection } from "../persistence/replay-detection.js";
import { fromEpochSeconds } from "../shared/clock.js";
import { tokenIdClaim } from "./attribute-mapping.js";
import { getClaim } from "./claim-path.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { TrustedAuthClaims } from "./registered-claims.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

const REPLAY_NAMESPACE = "trusted-auth-token";

/** The id of a verified token; an unverified token must not consume an id. */
export interface VerifiedTokenId {
  profile: TrustedAuthProfile;
  claims: TrustedAuthClaims;
  tokenId: string;
}

/** Consumes a token's id, or only checks that it is unused. @throws INVALID_TRUSTED_AUTH_TOKEN: REPLAYED */
export type ReplayPolicy = (token: VerifiedTokenId) => Promise<void>;

/** Accepts each token id once; stores the id until just after the token has expired. */
export function consumeToken(replayDetection: ReplayDetection): ReplayPolicy {
  return async (token) => {
    const { profile, claims, tokenId } = token;
    const { projectId, profileId, clockToleranceSeconds } = profile;
    const expiresAt = fromEpochSeconds(claims.exp + clockToleranceSeconds + 1);
    const isFirst = await replayDetection.consume(
      REPLAY_NAMESPACE,
      [projectId, profileId, tokenId],
      expiresAt,
    );
    if (!isFirst) throw replayed(token);
  };
}

/** Checks that the token is unused, without consuming its id. */
export function assertUnused(replayDetection: ReplayDetection): ReplayPolicy {
  return async (token) => {
    const { tokenId } = token;
    const { projectId, profileId } = token.profile;
    if (await replayDetection.isConsumed(REPLAY_NAMESPACE, [projectId, profileId, tokenId])) {
      throw replayed(token);
    }
  };
}

function replayed({ profile, claims, tokenId }: VerifiedTokenId) {
  const claim = tokenIdClaim(profile.attributeMapping);
  return getClaim(claims, claim) === tokenId
    ? invalidTrustedAuthToken("REPLAYED", claim)
    : invalidTrustedAuthToken("REPLAYED_CLAIMS");
}
