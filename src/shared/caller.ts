import type { ClientOwner } from "./client-owner.js";
import { CountersignError } from "./errors.js";
import { PERMISSIONS, type Permission } from "./permissions.js";

/** Identifies a request before authentication. */
export interface RequestSource {
  requestId: string;
  ipAddress: string;
}

export interface Actor {
  type: "MANAGEMENT_KEY" | "CLIENT" | "MEMBER" | "SYSTEM";
  id: string;
}

/** The authenticated caller, the first argument of every service operation. */
export interface Caller extends RequestSource {
  projectId: string;
  actor: Actor;
  permissions: ReadonlySet<Permission>;
  /** When the credential that authenticates the caller ends; null: it does not end. */
  expiresAt: Date | null;
  /** Whose clients the permissions `own_clients:*` reach; null: nobody's. */
  owner: ClientOwner | null;
}

/**
 * Every service operation calls it first (ADR 0015).
 * @throws FORBIDDEN if the caller lacks one of the permissions
 */
export function assertPermitted(caller: Caller, ...permissions: Permission[]): void {
  for (const permission of permissions) {
    if (caller.permissions.has(permission)) continue;
    throw new CountersignError("FORBIDDEN", `Needs the permission ${permission}`);
  }
}

/**
 * @returns the first of the permissions that the caller has
 * @throws FORBIDDEN if the caller has none of them
 */
export function assertPermittedAny(
  caller: Caller,
  ...permissions: [Permission, ...Permission[]]
): Permission {
  const held = permissions.find((permission) => caller.permissions.has(permission));
  if (held) return held;
  throw new CountersignError("FORBIDDEN", `Needs the permission ${permissions.join(" or ")}`);
}

const MAX_NAMED = 3;

/**
 * Whoever gives, takes over or ends a power must have it (ADR 0019).
 * @param rule says so, as the first part of the message
 * @throws FORBIDDEN with the names of permissions that the caller lacks
 */
export function assertHolds(
  caller: Caller,
  permissions: readonly Permission[],
  rule: string,
  path?: readonly (string | number)[],
): void {
  const missing = permissions.filter((permission) => !caller.permissions.has(permission));
  if (missing.length === 0) return;
  const others = missing.length - MAX_NAMED;
  const names = missing.slice(0, MAX_NAMED).join(", ") + (others > 0 ? ` and ${others} more` : "");
  throw new CountersignError("FORBIDDEN", `${rule}: it lacks ${names}`, path ? { path } : {});
}

/** @throws FORBIDDEN for permissions that the caller grants without having them */
export function assertMayGrant(
  caller: Caller,
  permissions: readonly Permission[],
  path: readonly (string | number)[],
): void {
  const rule = "The caller must itself have every permission that it grants";
  assertHolds(caller, permissions, rule, path);
}

/** The server itself as caller, for bootstrap and housekeeping. */
export function systemCaller(projectId: string): Caller {
  return {
    projectId,
    actor: { type: "SYSTEM", id: "countersign" },
    permissions: new Set(PERMISSIONS),
    expiresAt: null,
    owner: null,
    requestId: "startup",
    ipAddress: "",
  };
}
