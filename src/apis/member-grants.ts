import { badUserInput } from "../shared/errors.js";
import { isPermission, type Permission } from "../shared/permissions.js";
import { type ApiStore, canBeManagementApi } from "./api-store.js";

/** Members pass on no other permission of this server, since they can have no other (ADR 0029). */
const OF_MEMBERS: readonly Permission[] = ["own_clients:read", "own_clients:write"];

/** Whether a scope on one of this server's own APIs is a permission that no member has. */
export function isBeyondMembers(scope: string): boolean {
  return isPermission(scope) && !OF_MEMBERS.includes(scope);
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
      `Of this server's permissions members can have ${OF_MEMBERS.join(" and ")} alone: leave the scope out, or the server's own API`,
    );
  }
}
