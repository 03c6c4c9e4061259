import type { Member } from "../organizations/member.entity.js";
import type { Caller, RequestSource } from "../shared/caller.js";

/** A member that acts with its session, which permits nothing but what the session is for. */
export function memberCaller(source: RequestSource, { projectId, memberId }: Member): Caller {
  return { ...source, projectId, actor: { type: "MEMBER", id: memberId }, permissions: new Set() };
}
