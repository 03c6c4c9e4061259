import type { MemberService } from "../organizations/member.service.js";
import type { OrganizationService } from "../organizations/organization.service.js";
import type { Clock } from "../shared/clock.js";
import { keysetPage, type Page, type PageRequest } from "../shared/page.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { validate } from "../shared/validation.js";
import { aliveAt } from "./alive.js";
import { Session } from "./session.entity.js";
import { sessionsOwnerRules } from "./session-rules.js";

/** Whose sessions: exactly one of the two. */
export interface SessionListOwner {
  memberId?: string | null | undefined;
  organizationId?: string | null | undefined;
}

export class SessionList {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly organizations: OrganizationService,
    private readonly members: MemberService,
    private readonly clock: Clock,
  ) {}

  /** Newest first. @throws BAD_USER_INPUT, MEMBER_NOT_FOUND, ORGANIZATION_NOT_FOUND */
  async page(
    projectId: string,
    input: SessionListOwner,
    request: PageRequest,
  ): Promise<Page<Session>> {
    const { memberId, organizationId } = validate(sessionsOwnerRules, input, []);
    const query = this.unitOfWork.read
      .createQueryBuilder(Session, "session")
      .where({ projectId, ...aliveAt(this.clock.now()) });
    if (typeof memberId === "string") {
      await this.members.get(projectId, memberId);
      query.andWhere({ memberId });
    }
    if (typeof organizationId === "string") {
      await this.organizations.get(projectId, organizationId);
      query.andWhere({ organizationId });
    }
    return keysetPage(query, request, { by: "startedAt", id: "sessionId", direction: "DESC" });
  }
}
