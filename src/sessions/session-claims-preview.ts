import type { MemberStore } from "../organizations/member-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import type { ProjectStore } from "../projects/project-store.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { renderTemplateClaims } from "./render-session-claims.js";

/** Renders the claims that a template would add to a member's session JWTs. */
export class SessionClaimsPreview {
  constructor(
    private readonly projects: ProjectStore,
    private readonly members: MemberStore,
    private readonly organizations: OrganizationStore,
  ) {}

  /**
   * The claims may contain trusted metadata, so the caller must be able to read members and organizations.
   * @param template absent: the project's saved template
   * @throws FORBIDDEN, BAD_USER_INPUT, MEMBER_NOT_FOUND
   */
  async preview(
    caller: Caller,
    memberId: string,
    template: string | null | undefined,
  ): Promise<JsonObject> {
    assertPermitted(caller, "settings:read", "members:read", "organizations:read");
    const { projectId } = caller;
    const member = await this.members.get(projectId, memberId);
    const organization = await this.organizations.get(projectId, member.organizationId);
    const saved = (await this.projects.get(projectId)).sessionClaimsTemplate;
    return renderTemplateClaims(template ?? saved, member, organization, ["template"]);
  }
}
