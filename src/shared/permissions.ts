/** The permissions that callers can have in any project. */
export const PROJECT_PERMISSIONS = [
  "project:read",
  "project:write",
  "management_keys:read",
  "management_keys:write",
  "clients:read",
  "clients:write",
  "clients:register",
  "apis:read",
  "apis:write",
  "signing_keys:read",
  "signing_keys:write",
  "tokens:read",
  "tokens:write",
  "profiles:read",
  "profiles:write",
  "organizations:read",
  "organizations:write",
  "members:read",
  "members:write",
  "sessions:read",
  "sessions:write",
  "audit:read",
] as const;

/** Permissions over other projects. Only management keys of the first project can have them. */
export const FIRST_PROJECT_PERMISSIONS = ["projects:read", "projects:write"] as const;

/** The permissions of callers. Each root field of the GraphQL API requires one. */
export const PERMISSIONS = [...PROJECT_PERMISSIONS, ...FIRST_PROJECT_PERMISSIONS] as const;

export type Permission = (typeof PERMISSIONS)[number];

export function isFirstProjectPermission(permission: Permission): boolean {
  return (FIRST_PROJECT_PERMISSIONS as readonly Permission[]).includes(permission);
}

export function isPermission(text: string): text is Permission {
  return PERMISSIONS.includes(text as Permission);
}

/** Marks an operation whose input contains the credential that authorizes it. */
export const OWN_CREDENTIALS = "own credentials";

export type Requirement = Permission | typeof OWN_CREDENTIALS;
