import { isDeepStrictEqual } from "node:util";
import type { Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import type { Permission } from "../shared/permissions.js";
import { isMemberMapping } from "./attribute-mapping.js";
import { includesUpdates } from "./member-updates.js";
import type { TrustedAuthProfile } from "./profile.entity.js";

/** A permission that a profile contains, since whoever has its keys can do what the permission allows. */
interface ContainedPermission {
  permission: Permission;
  because: string;
  path: readonly [field: keyof TrustedAuthProfile, ...string[]];
}

/** What the tokens of a profile can do (ADR 0019; `MemberProvisioner` says what they do to members). */
function containedPermissions(profile: TrustedAuthProfile): ContainedPermission[] {
  const { clientId, attributeMapping: mapping } = profile;
  const contained: ContainedPermission[] = [];
  const add = (permission: Permission, because: string, ...path: ContainedPermission["path"]) =>
    contained.push({ permission, because, path });
  if (clientId !== null) add("clients:write", "the profile is for a client", "clientId");
  if (!isMemberMapping(mapping)) return contained;
  add("sessions:write", "the profile identifies members", "attributeMapping");
  if (profile.canJitProvision) {
    add("members:write", "the profile creates members", "canJitProvision");
  }
  if (profile.memberUpdates === "ALL") {
    add("members:write", "the profile changes members", "memberUpdates");
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

/**
 * @param before the profile before the change; null: it is new
 * @throws FORBIDDEN if the caller lacks a permission that the profile contains
 */
export function assertMayTrust(
  caller: Caller,
  before: TrustedAuthProfile | null,
  profile: TrustedAuthProfile,
): void {
  const missing = containedPermissions(profile).find(
    ({ permission }) => !caller.permissions.has(permission),
  );
  if (!missing) return;
  const { permission, because, path } = missing;
  throw new CountersignError("FORBIDDEN", `Needs the permission ${permission}, since ${because}`, {
    path: pathOfChange(before, profile, path),
  });
}

/** The path of a profile's setting, or `input` if the change leaves the setting as it is. */
export function pathOfChange(
  before: TrustedAuthProfile | null,
  after: TrustedAuthProfile,
  path: readonly [field: keyof TrustedAuthProfile, ...string[]],
): string[] {
  const [field] = path;
  const isChanged = before === null || !isDeepStrictEqual(before[field], after[field]);
  return isChanged ? ["input", ...path] : ["input"];
}

/** Whether a change gives the profile no power: another name, fewer keys, issuers or updates, no exchange by the public. */
export function addsNothing(before: TrustedAuthProfile, after: TrustedAuthProfile): boolean {
  const hasOnlyKnownKeys = after.publicKeys.every(({ publicKeyId }) =>
    before.publicKeys.some((key) => key.publicKeyId === publicKeyId),
  );
  const hasOnlyKnownIssuers = after.alternativeIssuers.every((issuer) =>
    before.alternativeIssuers.includes(issuer),
  );
  const isLessPublic = !after.publicExchange || before.publicExchange;
  const hasOnlyFormerUpdates = includesUpdates(before.memberUpdates, after.memberUpdates);
  const isNarrower =
    hasOnlyKnownKeys && hasOnlyKnownIssuers && isLessPublic && hasOnlyFormerUpdates;
  const { name, publicKeys, alternativeIssuers, publicExchange, memberUpdates } = before;
  const unjudged = { name, publicKeys, alternativeIssuers, publicExchange, memberUpdates };
  const { updatedAt, version } = before;
  return (
    isNarrower && isDeepStrictEqual({ ...after, ...unjudged, updatedAt, version }, { ...before })
  );
}
