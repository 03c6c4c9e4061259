import type { Platform } from "../platform/platform.js";
import type { DeleteOwnedClients } from "./delete-owned-clients.js";
import { MemberService } from "./member.service.js";
import { MemberList } from "./member-list.js";
import { MemberStore } from "./member-store.js";
import { OrganizationService } from "./organization.service.js";
import { OrganizationList } from "./organization-list.js";
import { OrganizationStore } from "./organization-store.js";
import type { RevokeSessions } from "./revoke-sessions.js";

/** Builds the services of organizations and members for the composition root. */
export function createOrganizationServices(
  platform: Platform,
  revokeSessions: RevokeSessions,
  deleteClients: DeleteOwnedClients,
) {
  const { unitOfWork } = platform;
  const organizationStore = new OrganizationStore(platform);
  const memberStore = new MemberStore(platform);
  return {
    organizationStore,
    organizations: new OrganizationService(
      platform,
      organizationStore,
      revokeSessions,
      deleteClients,
    ),
    organizationList: new OrganizationList(unitOfWork),
    memberStore,
    members: new MemberService(platform, memberStore, revokeSessions, deleteClients),
    memberList: new MemberList(unitOfWork, organizationStore),
  };
}
