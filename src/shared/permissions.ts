/** The permissions of callers. Each root field of the GraphQL API requires one. */
export const PERMISSIONS = [
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

export type Permission = (typeof PERMISSIONS)[number];

export function isPermission(text: string): text is Permission {
  return PERMISSIONS.includes(text as Permission);
}

/** Marks an operation whose input contains the credential that authorizes it. */
export const OWN_CREDENTIALS = "own credentials";

export type Requirement = Permission | typeof OWN_CREDENTIALS;
