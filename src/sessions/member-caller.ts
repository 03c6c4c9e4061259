import type { Member } from "../organizations/member.entity.js";
import type { Caller, RequestSource } from "../shared/caller.js";

/** Caller for a member that acts with its own session or trusted auth token; it has no permissions. */
export function memberCaller(source: RequestSource, { projectId, memberId }: Member): Caller {
  const actor = { type: "MEMBER" as const, id: memberId };
  return { ...source, projectId, actor, permissions: new Set(), expiresAt: null };
}
