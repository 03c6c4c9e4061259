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
 * Adds what tells whether a client is usable to its row in a prepared read.
 * @param isOwnerActive value of `ownerIsActive`: SQLite has numbers instead of truth values
 */
export function withUsability<Row extends Pick<Client, "status" | "expiresAt">>(
  client: Row | null,
  isOwnerActive: boolean | number,
): (Row & Usability) | null {
  return client && Object.assign(client, { isOwnerActive: Boolean(isOwnerActive) });
}

/**
 * SQL that tells whether the owner of a client is active. A member is active only while its organization is; of an
 * external owner the operator alone knows. For a client without an owner it reads nothing, unlike a join.
 * @param client alias of the client's row
 */
export const ownerIsActive = (client: string) => `
  CASE ${client}.owner_type
    WHEN 'ORGANIZATION' THEN EXISTS (
      SELECT 1 FROM organizations AS owner
        WHERE owner.project_id = ${client}.project_id AND owner.organization_id = ${client}.owner_id
          AND owner.status = 'ACTIVE')
    WHEN 'MEMBER' THEN EXISTS (
      SELECT 1 FROM members AS owner
        JOIN organizations AS of_member ON of_member.project_id = owner.project_id
          AND of_member.organization_id = owner.organization_id
        WHERE owner.project_id = ${client}.project_id AND owner.member_id = ${client}.owner_id
          AND owner.status = 'ACTIVE' AND of_member.status = 'ACTIVE')
    ELSE TRUE
  END`;

/** A client without a chosen method may send its secret as HTTP Basic or in the body, and GraphQL has neither. */
export function acceptsMethod(
  { tokenEndpointAuthMethod: chosen }: Pick<Client, "tokenEndpointAuthMethod">,
  method: TokenEndpointAuthMethod | undefined,
): boolean {
  if (chosen === "PRIVATE_KEY_JWT") return false;
  return chosen === null || method === undefined || chosen === method;
}
