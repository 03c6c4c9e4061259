import { z } from "zod";
import { assertHolds, type Caller } from "../shared/caller.js";
import type { ClientOwner } from "../shared/client-owner.js";
import { OWN_CLIENTS_PERMISSIONS } from "../shared/permissions.js";
import { idToLookUp, scopes } from "../shared/validation.js";

export const MEMBER_CLIENTS_OWNERS = ["MEMBER", "ORGANIZATION"] as const;
export type MemberClientsOwner = (typeof MEMBER_CLIENTS_OWNERS)[number];

/** How the members of an organization manage clients with their session JWTs (ADR 0029). */
export interface MemberClients {
  /** Whose clients they manage: each member its own, or all of them those of the organization. */
  owner: MemberClientsOwner;
  /** A member needs one of these; null: every member manages clients. */
  roles: string[] | null;
  /** What they give their clients, for the project's audience and for the APIs. */
  scopes: string[];
  /** APIs that they grant their clients. An id may be of an API that has been deleted since. */
  apiIds: string[];
}

/** What of a member decides. */
interface ManagingMember {
  memberId: string;
  organizationId: string;
  roles: readonly string[];
}

export interface MemberClientsInput {
  owner: MemberClientsOwner;
  roles?: string[] | null | undefined;
  scopes: string[];
  apiIds?: string[] | null | undefined;
}

/**
 * Checks what members are to grant: a function of the APIs. Must run in a unit of work.
 * @throws API_NOT_FOUND, BAD_USER_INPUT for a permission that members never grant
 */
export type AssertMembersMayGrant = (
  projectId: string,
  grantable: Pick<MemberClients, "scopes" | "apiIds">,
) => Promise<void>;

const MAX_APIS = 50;
const MAX_NEEDED_ROLES = 50;

/** @param role the rule of a member's role */
export function memberClientsRules(role: z.ZodType<string>) {
  const rules = z.object({
    owner: z.enum(MEMBER_CLIENTS_OWNERS),
    roles: z
      .array(role)
      .min(1, "Must name a role: leave the list out to let every member manage clients")
      .max(MAX_NEEDED_ROLES, `Must contain at most ${MAX_NEEDED_ROLES} roles`)
      .nullish(),
    scopes,
    apiIds: z.array(idToLookUp).max(MAX_APIS, `Must contain at most ${MAX_APIS} APIs`).nullish(),
  });
  return rules.transform(
    ({ owner, roles, scopes, apiIds }): MemberClients => ({
      owner,
      roles: roles ? [...new Set(roles)] : null,
      scopes,
      apiIds: [...new Set(apiIds)],
    }),
  );
}

export function mayManageClients(
  { roles }: Pick<ManagingMember, "roles">,
  memberClients: MemberClients | null,
): memberClients is MemberClients {
  if (memberClients === null) return false;
  const needed = memberClients.roles;
  return needed === null || roles.some((role) => needed.includes(role));
}

export function ownerOfMemberClients(
  { organizationId, memberId }: Pick<ManagingMember, "organizationId" | "memberId">,
  { owner }: MemberClients,
): ClientOwner {
  return owner === "ORGANIZATION"
    ? { type: "ORGANIZATION", id: organizationId }
    : { type: "MEMBER", id: memberId };
}

/**
 * Members can do with it what the caller lets them, so the caller must itself be able to do it (ADR 0019).
 * @throws FORBIDDEN
 */
export function assertMaySetMemberClients(caller: Caller): void {
  const rule = "Whoever lets members manage clients must itself be able to";
  const needed = ["clients:write", ...OWN_CLIENTS_PERMISSIONS] as const;
  assertHolds(caller, needed, rule, ["input", "memberClients"]);
}
