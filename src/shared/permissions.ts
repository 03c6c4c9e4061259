/** What a management key may do. Each root field of the API names the one that it needs. */
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

/** Marks an operation that is authorized by a credential in its own input instead of the caller's. */
export const OWN_CREDENTIALS = "own credentials";

export type Requirement = Permission | typeof OWN_CREDENTIALS;
