import { TrustedAuthProfile } from "../../trusted-auth/profile.entity.js";
import { type DataCheck } from "../check.js";
import { rows } from "../row-findings.js";

export const profileOrganizationInactive: DataCheck = {
  id: "profile-organization-inactive",
  level: "NOTICE",
  target: "profile",
  what: "A profile's organization is inactive",
  why: "Nobody can sign in by it, and everybody could again with the organization.",
  whatToDo: "Delete the profile, or activate the organization.",
  docs: "sessions.md#restrict-who-gets-in",
  find: rows({
    entity: TrustedAuthProfile,
    id: "profileId",
    where: () => [
      `EXISTS (SELECT 1 FROM organizations AS organization
        WHERE organization.project_id = target.projectId
          AND organization.organization_id = target.organizationId
          AND organization.status = 'INACTIVE')`,
    ],
    rest: ({ organizationId }) => `is for the organization ${organizationId}`,
  }),
};
