import { badUserInput } from "../shared/errors.js";
import {
  isOwnClientsPermission,
  isPermission,
  OWN_CLIENTS_PERMISSIONS,
} from "../shared/permissions.js";
import { type ApiStore, canBeManagementApi } from "./api-store.js";

/**
 * Whether a scope on one of this server's own APIs is a permission that no member has, and so none can pass on
 * (ADR 0029).
 */
export function isBeyondMembers(scope: string): boolean {
  return isPermission(scope) && !isOwnClientsPermission(scope);
}

/**
 * Checks what the members of an organization are to grant. Must run in a unit of work.
 * @throws API_NOT_FOUND, BAD_USER_INPUT
 */
export async function assertMembersMayGrant(
  apis: ApiStore,
  projectId: string,
  { scopes, apiIds }: { scopes: readonly string[]; apiIds: readonly string[] },
): Promise<void> {
  for (const apiId of [...apiIds].sort()) {
    const api = await apis.getForShare(projectId, apiId);
    const refused = scopes.findIndex(isBeyondMembers);
    if (refused < 0 || !canBeManagementApi(api)) continue;
    throw badUserInput(
      ["input", "memberClients", "scopes", refused],
      `Of this server's permissions members can have ${OWN_CLIENTS_PERMISSIONS.join(" and ")} alone: leave the scope out, or the server's own API`,
    );
  }
}
