import { isDeepStrictEqual } from "node:util";
import type { Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import type { Permission } from "../shared/permissions.js";
import { isMemberMapping } from "./attribute-mapping.js";
import type { TrustedAuthProfile } from "./profile.entity.js";

/** A permission that a profile contains, since whoever has its keys can do what the permission allows. */
interface ContainedPermission {
  permission: Permission;
  because: string;
  path: string[];
}

/** What the tokens of a profile can do (ADR 0019; `MemberProvisioner` says what they do to members). */
function containedPermissions(profile: TrustedAuthProfile): ContainedPermission[] {
  const { clientId, attributeMapping: mapping } = profile;
  const contained: ContainedPermission[] = [];
  const add = (permission: Permission, because: string, ...path: string[]) =>
    contained.push({ permission, because, path: ["input", ...path] });
  if (clientId !== null) add("clients:write", "the profile is for a client", "clientId");
  if (!isMemberMapping(mapping)) return contained;
  add("sessions:write", "the profile identifies members", "attributeMapping");
  if (profile.canJitProvision) {
    add("members:write", "the profile creates members", "canJitProvision");
  }
  for (const attribute of ["roles", "externalMemberId"] as const) {
    if (mapping[attribute] === undefined) continue;
    add("members:write", "the mapping changes members", "attributeMapping", attribute);
  }
  if (profile.canJitProvisionOrganizations) {
    const because = "the profile creates organizations";
    add("organizations:write", because, "canJitProvisionOrganizations");
  }
  return contained;
}

/** @throws FORBIDDEN if the caller lacks a permission that the profile contains */
export function assertMayTrust(caller: Caller, profile: TrustedAuthProfile): void {
  const missing = containedPermissions(profile).find(
    ({ permission }) => !caller.permissions.has(permission),
  );
  if (!missing) return;
  const { permission, because, path } = missing;
  throw new CountersignError("FORBIDDEN", `Needs the permission ${permission}, since ${because}`, {
    path,
  });
}

/** Whether a change takes something away and gives nothing: fewer keys, or no exchange by the public. */
export function isReduction(before: TrustedAuthProfile, after: TrustedAuthProfile): boolean {
  const hasOnlyKnownKeys = after.publicKeys.every(({ publicKeyId }) =>
    before.publicKeys.some((key) => key.publicKeyId === publicKeyId),
  );
  const isLessPublic = !after.publicExchange || before.publicExchange;
  const { publicKeys, publicExchange, updatedAt, version } = before;
  const rest = { ...after, publicKeys, publicExchange, updatedAt, version };
  return hasOnlyKnownKeys && isLessPublic && isDeepStrictEqual(rest, { ...before });
}
