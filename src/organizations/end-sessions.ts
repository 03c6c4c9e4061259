import type { Caller } from "../shared/caller.js";

/** Whose sessions: a member's, or those of all members of an organization. */
export type SessionsOwner = { memberId: string } | { organizationId: string };

/**
 * Ends them for good, in the unit of work under way. Sessions are made of members and
 * organizations, so what ends them comes in from above.
 */
export type EndSessions = (caller: Caller, owner: SessionsOwner) => Promise<void>;
