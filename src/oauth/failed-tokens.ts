import { FAILED_SECRETS_PER_ADDRESS } from "../rate-limit/policies.js";
import type { RateLimiter } from "../rate-limit/rate-limiter.js";
import type { RequestSource } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { networkPrefix } from "../shared/network.js";

/**
 * Counts the refusal of an issuer's token like a wrong secret, for its address alone: a refused token proves no
 * client. A good token always passes, since operators choose the issuers and thereby what its verification costs.
 * @throws RATE_LIMITED, after a delay, instead of a refusal that is one too many
 */
export async function countRefusedToken<T>(
  rateLimiter: RateLimiter,
  projectId: string,
  { ipAddress }: RequestSource,
  verify: () => Promise<T>,
): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof CountersignError && error.code === "INVALID_GRANT") {
      const network = networkPrefix(ipAddress);
      await rateLimiter.delayRejection(
        rateLimiter.consume([FAILED_SECRETS_PER_ADDRESS, projectId, network]),
      );
    }
    throw error;
  }
}
