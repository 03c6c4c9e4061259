import { IsNull, MoreThan } from "typeorm";

/** The sessions that are there; those that have expired or been revoked only wait to be deleted. */
export function activeAt(now: Date) {
  return { revokedAt: IsNull(), expiresAt: MoreThan(now) };
}
