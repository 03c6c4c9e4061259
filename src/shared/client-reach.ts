import { assertPermittedAny, type Caller } from "./caller.js";
import { type ClientOwner, isSameOwner } from "./client-owner.js";
import { CountersignError } from "./errors.js";
import type { Permission } from "./permissions.js";

/**
 * Whose clients an operation of a caller sees and changes (ADR 0029). A client outside of it is for the caller like
 * one that does not exist.
 */
export interface ClientReach {
  caller: Caller;
  projectId: string;
  /** Only clients of exactly this owner; null: every client of the project. */
  owner: ClientOwner | null;
}

/** Permissions for every client of the project, with the one that suffices for those of the caller's owner. */
const OWN_PERMISSIONS = {
  "clients:read": "own_clients:read",
  "clients:write": "own_clients:write",
  "tokens:write": "own_clients:write",
} as const satisfies Partial<Record<Permission, Permission>>;

/** @throws FORBIDDEN without the permission and without the one for the clients of the caller's owner */
export function clientReach(caller: Caller, permission: keyof typeof OWN_PERMISSIONS): ClientReach {
  const own = OWN_PERMISSIONS[permission];
  const held = assertPermittedAny(caller, permission, own);
  if (held === permission) return everyClient(caller);
  const { projectId, owner } = caller;
  if (owner) return { caller, projectId, owner };
  throw new CountersignError(
    "FORBIDDEN",
    `Needs the permission ${permission}: ${own} is for the clients of the caller's owner, and the caller has none`,
  );
}

/** The reach of what the server does without a permission for clients, such as for a client that changes itself. */
export function everyClient(caller: Caller): ClientReach {
  return { caller, projectId: caller.projectId, owner: null };
}

export function isWithinReach({ owner }: ClientReach, ownerOfClient: ClientOwner | null): boolean {
  return owner === null || isSameOwner(owner, ownerOfClient);
}
