import type { AuthenticationFactor } from "./session.entity.js";

/** Session JWTs carry them all, so there is an end to them; the oldest go first. */
export const MAX_FACTORS = 10;

/** Adds a factor; the same token of the same profile again only renews its time. */
export function withFactor(
  factors: readonly AuthenticationFactor[],
  factor: AuthenticationFactor,
): AuthenticationFactor[] {
  const others = factors.filter(
    ({ profileId, tokenId }) => profileId !== factor.profileId || tokenId !== factor.tokenId,
  );
  return [...others, factor].slice(-MAX_FACTORS);
}
