/**
 * The permissions of callers, with what each allows. Each root field of the GraphQL API requires one, or one of two.
 * Permissions are compared exactly: no wildcard covers one.
 */
export const PERMISSION_DESCRIPTIONS = {
  "settings:read": "Read the project's settings and preview its claims templates.",
  "settings:write": "Change the project's settings.",
  "management_keys:read": "List management keys; never their secrets.",
  "management_keys:write":
    "Create, change and delete management keys with permissions that the caller has.",
  "clients:read": "Read clients and their grants; never their secrets.",
  "own_clients:read":
    "Read the clients of the caller's owner and their grants; callers without an owner have none.",
  "clients:write":
    "Create, change and delete clients and their grants, and rotate secrets; of clients with permissions on this server only if the caller has these.",
  "own_clients:write":
    "Create, change and delete clients of the caller's owner and their grants, rotate secrets and revoke tokens, within what the caller holds itself.",
  "clients:register": "Register clients within the caller's own scopes (RFC 7591).",
  "apis:read": "Read APIs.",
  "apis:write": "Create, change and delete APIs.",
  "signing_keys:read": "List signing keys and published keys; never private keys.",
  "signing_keys:write":
    "Rotate and revoke signing keys; publish keys, whose holders can sign tokens that verifiers of the JWKS accept, together with `clients:write` and `sessions:write`.",
  "tokens:read": "Introspect tokens of all audiences (RFC 7662).",
  "tokens:write": "Revoke tokens.",
  "profiles:read": "Read and test trusted auth profiles.",
  "profiles:write":
    "Create, change and delete trusted auth profiles, together with the permissions for what their tokens can do.",
  "organizations:read": "Read organizations.",
  "organizations:write": "Create, change and delete organizations.",
  "members:read": "Read members.",
  "members:write": "Create, change and delete members.",
  "sessions:read": "Read sessions.",
  "sessions:write": "Start sessions by attestation, set their claims, and revoke them.",
  "audit:read": "Read audit events.",
  "projects:read":
    "List and read all projects; only management keys of the first project can have it.",
  "projects:write":
    "Create and delete projects, and with them all that they contain; only management keys of the first project can have it.",
} as const;

export type Permission = keyof typeof PERMISSION_DESCRIPTIONS;

export const PERMISSIONS = Object.keys(PERMISSION_DESCRIPTIONS) as Permission[];

/** Permissions over other projects, which only management keys of the first project can have. */
export function isFirstProjectPermission(permission: string | undefined): boolean {
  return permission === "projects:read" || permission === "projects:write";
}

/** Permissions for the clients of the caller's owner (ADR 0029), parts of those for all clients. */
export function isOwnClientsPermission(permission: string): boolean {
  return permission.startsWith("own_clients:");
}

/** Members can have these and no others. */
export const OWN_CLIENTS_PERMISSIONS = PERMISSIONS.filter(isOwnClientsPermission);

export const PROJECT_PERMISSIONS = PERMISSIONS.filter((name) => !isFirstProjectPermission(name));

export function isPermission(text: string): text is Permission {
  return Object.hasOwn(PERMISSION_DESCRIPTIONS, text);
}

/** Marks an operation whose input contains the credential that authorizes it. */
export const OWN_CREDENTIALS = "own credentials";

/** Marks an operation that anybody may call. */
export const PUBLIC = "public";

/** Marks an operation that needs the read permission of whatever it finds. */
export const OF_THE_OBJECT = "of the object";

export type Requirement =
  | Permission
  | typeof OWN_CREDENTIALS
  | typeof PUBLIC
  | typeof OF_THE_OBJECT;
