import { isDeepStrictEqual } from "node:util";
import type { Caller } from "./caller.js";
import { type ClientOwner, isSameOwner } from "./client-owner.js";
import { CountersignError } from "./errors.js";
import { isOwnClientsPermission, type Permission, PROJECT_PERMISSIONS } from "./permissions.js";

/** What the caller that made a credential could do on this server, and until when; kept with the credential. */
export interface Maker {
  /** ALL: every permission that callers of a project can have, also those that come later. */
  permissions: Permission[] | "ALL";
  /** ISO 8601; null: it does not end. */
  expiresAt: string | null;
  /** Whose clients its `own_clients:*` were for, if it could not change all; null: nobody's; absent: everybody's. */
  owner?: ClientOwner | null;
}

export function makerOf({ permissions, expiresAt, owner }: Caller): Maker {
  const isLimited = owner !== null && !permissions.has("clients:write");
  return {
    ...(isLimited && { owner }),
    permissions: shortest(PROJECT_PERMISSIONS.filter((permission) => permissions.has(permission))),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}

/**
 * Whether the maker could do all of this, for as long.
 * @param maker null: unknown, since the credential is older than the record of makers; nothing is held against it
 * @param end when what the credential opens ends; null: never
 * @param owner whose clients `own_clients:*` would be for
 */
export function couldGrant(
  maker: Maker | null,
  permissions: readonly Permission[],
  end: Date | null,
  owner: ClientOwner | null = null,
): boolean {
  if (!maker) return true;
  const held = new Set(permissionsOf(maker));
  const makerEnd = maker.expiresAt === null ? null : new Date(maker.expiresAt);
  const isOfOthers = maker.owner === null || (maker.owner && !isSameOwner(maker.owner, owner));
  const couldGive = (permission: Permission) =>
    held.has(permission) && !(isOfOthers && isOwnClientsPermission(permission));
  return permissions.every(couldGive) && endsInTime(end, makerEnd);
}

/** What two makers of one credential could both do. */
export function bothMakers(first: Maker | null, second: Maker): Maker {
  if (!first) return second;
  const ends = [first.expiresAt, second.expiresAt].filter((end) => end !== null).sort();
  const held = new Set(permissionsOf(first));
  const owner = commonOwner(first, second);
  return {
    permissions: shortest(permissionsOf(second).filter((permission) => held.has(permission))),
    expiresAt: ends[0] ?? null,
    ...(owner !== undefined && { owner }),
  };
}

/** Whether a maker could make every credential that the other one could. */
export function couldMakeAll(maker: Maker, other: Maker): boolean {
  return isDeepStrictEqual(bothMakers(maker, other), bothMakers(other, other));
}

function commonOwner({ owner: first }: Maker, { owner: second }: Maker): Maker["owner"] {
  if (first === undefined) return second;
  if (second === undefined) return first;
  return first && isSameOwner(first, second) ? first : null;
}

/** Whoever could change all clients could change those of every owner, also before there was a permission for that. */
function permissionsOf({ permissions, owner }: Maker): readonly Permission[] {
  if (permissions === "ALL") return PROJECT_PERMISSIONS;
  if (owner !== undefined) return permissions;
  const held = new Set(permissions);
  return PROJECT_PERMISSIONS.filter(
    (permission) => held.has(permission) || held.has(OF_ALL_CLIENTS[permission] ?? permission),
  );
}

const OF_ALL_CLIENTS: Partial<Record<Permission, Permission>> = {
  "own_clients:read": "clients:read",
  "own_clients:write": "clients:write",
};

/** Most credentials are made with every permission, and each of them keeps its maker. */
function shortest(permissions: Permission[]): Maker["permissions"] {
  return permissions.length === PROJECT_PERMISSIONS.length ? "ALL" : permissions;
}

/**
 * What an authority makes ends no later than the authority itself (ADR 0020).
 * @param remedy what the caller can do instead
 * @throws FORBIDDEN
 */
export function assertEndsInTime(
  caller: Caller,
  end: Date | null | undefined,
  path: readonly (string | number)[],
  remedy: string,
): void {
  if (endsInTime(end ?? null, caller.expiresAt)) return;
  const callerEnd = caller.expiresAt?.toISOString();
  throw new CountersignError(
    "FORBIDDEN",
    `Must not outlive the caller's credential, which ends at ${callerEnd}: ${remedy}`,
    { path },
  );
}

function endsInTime(end: Date | null, limit: Date | null): boolean {
  return limit === null || (end !== null && end <= limit);
}
