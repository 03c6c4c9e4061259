import type { MemberService } from "../organizations/member.service.js";
import type { OrganizationService } from "../organizations/organization.service.js";
import type { ProjectService } from "../projects/project.service.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { templateClaims } from "./template-claims.js";

/** Shows what a claims template would put into a member's session JWTs. */
export class SessionClaimsPreview {
  constructor(
    private readonly projects: ProjectService,
    private readonly members: MemberService,
    private readonly organizations: OrganizationService,
  ) {}

  /**
   * @param template absent: the saved one
   * @throws FORBIDDEN, since it shows the trusted metadata of both; BAD_USER_INPUT,
   *   MEMBER_NOT_FOUND
   */
  async preview(
    caller: Caller,
    memberId: string,
    template: string | null | undefined,
  ): Promise<JsonObject> {
    assertPermitted(caller, "members:read", "organizations:read");
    const { projectId } = caller;
    const member = await this.members.get(projectId, memberId);
    const organization = await this.organizations.get(projectId, member.organizationId);
    const saved = (await this.projects.get(projectId)).sessionClaimsTemplate;
    return templateClaims(template ?? saved, member, organization, ["template"]);
  }
}
