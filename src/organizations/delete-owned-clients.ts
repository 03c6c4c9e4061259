import type { Caller } from "../shared/caller.js";

/** The member, or the organization with all its members, whose clients are meant. */
export type OwnerToDelete = { memberId: string } | { organizationId: string };

/**
 * Deletes all clients of an owner in the current unit of work, which has locked the owner. The composition root
 * injects it, since `clients` depends on `organizations` and not the other way round.
 */
export type DeleteOwnedClients = (caller: Caller, owner: OwnerToDelete) => Promise<void>;
