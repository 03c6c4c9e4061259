import { IsNull, MoreThan } from "typeorm";

/** Condition for active sessions; housekeeping deletes expired and revoked ones later. */
export function activeAt(now: Date) {
  return { revokedAt: IsNull(), expiresAt: MoreThan(now) };
}
