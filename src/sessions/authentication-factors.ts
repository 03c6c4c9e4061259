import type { AuthenticationFactor } from "./session.entity.js";

/** Session JWTs contain all factors, so a session keeps only the latest ones. */
export const MAX_FACTORS = 10;

/** Adds a factor; a factor of the same profile and token id replaces the earlier one. */
export function withFactor(
  factors: readonly AuthenticationFactor[],
  factor: AuthenticationFactor,
): AuthenticationFactor[] {
  const others = factors.filter(
    ({ profileId, tokenId }) => profileId !== factor.profileId || tokenId !== factor.tokenId,
  );
  return [...others, factor].slice(-MAX_FACTORS);
}
