import { CountersignError } from "./errors.js";
import { PERMISSIONS, type Permission } from "./permissions.js";

/** Where a request came from; known before anybody is authenticated. */
export interface RequestSource {
  requestId: string;
  ipAddress: string;
}

export interface Actor {
  type: "MANAGEMENT_KEY" | "CLIENT" | "MEMBER" | "SYSTEM";
  id: string;
}

/** Who acts, in which project, with which permissions. The first argument of every operation. */
export interface Caller extends RequestSource {
  projectId: string;
  actor: Actor;
  permissions: ReadonlySet<Permission>;
}

/** The first line of every operation of a service (ADR 0015). @throws FORBIDDEN */
export function assertPermitted(caller: Caller, ...permissions: Permission[]): void {
  for (const permission of permissions) {
    if (caller.permissions.has(permission)) continue;
    throw new CountersignError("FORBIDDEN", `Needs the permission ${permission}`);
  }
}

/** The server itself: first start, housekeeping. */
export function systemCaller(projectId: string): Caller {
  return {
    projectId,
    actor: { type: "SYSTEM", id: "countersign" },
    permissions: new Set(PERMISSIONS),
    requestId: "startup",
    ipAddress: "",
  };
}
