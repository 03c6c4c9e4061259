import type { Member } from "../organizations/member.entity.js";
import type { Caller, Origin } from "../shared/caller.js";

/** A member that acts with its session, which permits nothing but what the session is for. */
export function memberCaller(origin: Origin, { projectId, memberId }: Member): Caller {
  return { ...origin, projectId, actor: { type: "MEMBER", id: memberId }, permissions: new Set() };
}
