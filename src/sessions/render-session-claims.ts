import type { Member } from "../organizations/member.entity.js";
import type { Organization } from "../organizations/organization.entity.js";
import { renderClaims } from "../projects/render-claims.js";
import { SESSION_TEMPLATE } from "../projects/template-language.js";
import type { ErrorDetails } from "../shared/errors.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

/**
 * Renders a claims template for a member and its organization.
 * @param path path of the template in the operation's arguments; absent for a saved template
 * @throws BAD_USER_INPUT
 */
export function renderTemplateClaims(
  template: string | null,
  member: Member,
  organization: Organization,
  path?: ErrorDetails["path"],
): JsonObject {
  const values = {
    member: {
      member_id: member.memberId,
      email_address: member.emailAddress,
      name: member.name,
      external_id: member.externalId,
      roles: member.roles,
      trusted_metadata: member.trustedMetadata,
    },
    organization: {
      organization_id: organization.organizationId,
      name: organization.name,
      slug: organization.slug,
      external_id: organization.externalId,
      trusted_metadata: organization.trustedMetadata,
    },
    project: { project_id: member.projectId },
  };
  // Many roles keep nobody out, so a list of them does not count.
  const extraBytes = Buffer.byteLength(JSON.stringify(member.roles));
  return renderClaims(template, SESSION_TEMPLATE, values, path, extraBytes);
}
