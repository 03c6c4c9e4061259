import type { Platform } from "../platform/platform.js";
import type { EndSessions } from "./end-sessions.js";
import { MemberService } from "./member.service.js";
import { MemberList } from "./member-list.js";
import { MemberStore } from "./member-store.js";
import { OrganizationService } from "./organization.service.js";
import { OrganizationList } from "./organization-list.js";
import { OrganizationStore } from "./organization-store.js";

/** The composition root's part for organizations and their members. */
export function createOrganizations(platform: Platform, endSessions: EndSessions) {
  const { unitOfWork } = platform;
  const organizationStore = new OrganizationStore(platform);
  const memberStore = new MemberStore(platform);
  return {
    organizationStore,
    organizations: new OrganizationService(platform, organizationStore, endSessions),
    organizationList: new OrganizationList(unitOfWork),
    memberStore,
    members: new MemberService(platform, memberStore, endSessions),
    memberList: new MemberList(unitOfWork, organizationStore),
  };
}
