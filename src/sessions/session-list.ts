import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { validate } from "../shared/validation.js";
import { activeAt } from "./active-sessions.js";
import { Session } from "./session.entity.js";
import { sessionOwnerRules } from "./session-rules.js";

/** The member or the organization whose sessions are listed: exactly one field is given. */
export interface SessionListOwner {
  memberId?: string | null | undefined;
  organizationId?: string | null | undefined;
}

/** Finds and lists active sessions. */
export class SessionList {
  constructor(
    private readonly platform: Platform,
    private readonly organizations: OrganizationStore,
    private readonly members: MemberStore,
  ) {}

  async find(caller: Caller, sessionId: string): Promise<Session | null> {
    assertPermitted(caller, "sessions:read");
    const active = activeAt(this.platform.clock.now());
    return this.platform.batchedReads.find(caller, Session, "sessionId", sessionId, active);
  }

  /** Newest first. @throws BAD_USER_INPUT, MEMBER_NOT_FOUND, ORGANIZATION_NOT_FOUND */
  async page(
    caller: Caller,
    owner: SessionListOwner,
    request: PageRequest,
  ): Promise<Page<Session>> {
    assertPermitted(caller, "sessions:read");
    const { projectId } = caller;
    const { memberId, organizationId } = validate(sessionOwnerRules, owner, ["owner"]);
    const query = this.platform.unitOfWork.read
      .createQueryBuilder(Session, "session")
      .where({ projectId, ...activeAt(this.platform.clock.now()) });
    if (memberId !== undefined) {
      await this.members.get(projectId, memberId);
      query.andWhere({ memberId });
    }
    if (organizationId !== undefined) {
      await this.organizations.get(projectId, organizationId);
      query.andWhere({ organizationId });
    }
    return keysetPage(query, request, { by: "startedAt", id: "sessionId", direction: "DESC" });
  }
}
