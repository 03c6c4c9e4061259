import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { ProjectStore } from "../projects/project-store.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { renderTemplateClaims } from "./template-claims.js";

/** Shows what a claims template would put into a member's session JWTs. */
export class SessionClaimsPreview {
  constructor(
    private readonly projects: ProjectStore,
    private readonly members: MemberStore,
    private readonly organizations: OrganizationStore,
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
    assertPermitted(caller, "project:read", "members:read", "organizations:read");
    const { projectId } = caller;
    const member = await this.members.get(projectId, memberId);
    const organization = await this.organizations.get(projectId, member.organizationId);
    const saved = (await this.projects.get(projectId)).sessionClaimsTemplate;
    return renderTemplateClaims(template ?? saved, member, organization, ["template"]);
  }
}
