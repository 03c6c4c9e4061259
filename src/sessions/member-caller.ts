import type { Member } from "../organizations/member.entity.js";
import type { Caller, RequestSource } from "../shared/caller.js";

/** Caller for a member that acts with its own session or trusted auth token; it has no permissions. */
export function memberCaller(source: RequestSource, { projectId, memberId }: Member): Caller {
  const actor = { type: "MEMBER" as const, id: memberId };
  return { ...source, projectId, actor, permissions: new Set(), expiresAt: null, owner: null };
}

/**
 * The caller if it acts for itself with a session. Null if the session's member acts: without a key, and with one
 * that may not write sessions, since that would otherwise pass the limits of members (ADR 0022).
 */
export function sessionWriter(caller: Caller | null): Caller | null {
  return caller?.permissions.has("sessions:write") ? caller : null;
}
