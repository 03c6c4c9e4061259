import type { Member } from "../organizations/member.entity.js";
import type { Organization } from "../organizations/organization.entity.js";
import type { ClientOwnerType } from "../shared/client-owner.js";
import type { ClientAuthFailure } from "../shared/errors.js";
import type { Client, TokenEndpointAuthMethod } from "./client.entity.js";

/** What tells whether a client gets tokens. The owner's part is in other rows: who asks must have read them. */
export interface Usability extends Pick<Client, "status" | "expiresAt"> {
  isOwnerActive: boolean;
}

/** Whether a client is active and not expired, and its owner is active. */
export function isUsable(client: Usability, now: Date): boolean {
  return unusableReason(client, now) === null;
}

/** Why a client gets no tokens and its tokens are not valid; null: it is usable. */
export function unusableReason(
  { status, expiresAt, isOwnerActive }: Usability,
  now: Date,
): ClientAuthFailure | null {
  if (status !== "ACTIVE") return "CLIENT_INACTIVE";
  if (!isOwnerActive) return "OWNER_INACTIVE";
  return expiresAt !== null && expiresAt <= now ? "CLIENT_EXPIRED" : null;
}

/**
 * Whether an owner is active. A member is only while its organization is; the operator alone knows about others.
 * @param member the owner, if it is a member
 * @param organization the owner, or the member's organization
 */
export function isActiveOwner(
  type: ClientOwnerType | null,
  member: Pick<Member, "status"> | null,
  organization: Pick<Organization, "status"> | null,
): boolean {
  switch (type) {
    case "ORGANIZATION":
      return organization?.status === "ACTIVE";
    case "MEMBER":
      return member?.status === "ACTIVE" && organization?.status === "ACTIVE";
    case "EXTERNAL":
    case null:
      return true;
  }
}

/** A client without a chosen method may send its secret as HTTP Basic or in the body, and GraphQL has neither. */
export function acceptsMethod(
  { tokenEndpointAuthMethod: chosen }: Pick<Client, "tokenEndpointAuthMethod">,
  method: TokenEndpointAuthMethod | undefined,
): boolean {
  if (chosen === "PRIVATE_KEY_JWT") return false;
  return chosen === null || method === undefined || chosen === method;
}
