import type { Caller } from "../shared/caller.js";

/** The member, or the organization with all its members, whose sessions are meant. */
export type SessionOwner = { memberId: string } | { organizationId: string };

/**
 * Revokes all active sessions of the owner in the current unit of work, and those exchanged from them. The
 * composition root injects it, since `sessions` depends on `organizations` and not the other way round.
 */
export type RevokeSessions = (
  caller: Caller,
  owner: SessionOwner,
  /** The event of the owner's deletion says it: there is none for its sessions. */
  options?: { isDeletion: true },
) => Promise<void>;
