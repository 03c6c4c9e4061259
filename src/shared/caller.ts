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

/** The server itself as caller, for bootstrap and housekeeping. */
export function systemCaller(projectId: string): Caller {
  return {
    projectId,
    actor: { type: "SYSTEM", id: "countersign" },
    permissions: new Set(PERMISSIONS),
    expiresAt: null,
    requestId: "startup",
    ipAddress: "",
  };
}
