import { z } from "zod";
import {
  emailAddress,
  externalId,
  memberName,
  memberRoles,
} from "../organizations/organization-rules.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { claimPath, getClaim } from "./claim-path.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

/** Keys are ours, values are paths of claims in the foreign JWT. */
export type AttributeMapping = z.output<typeof attributeMappingRules>;

/** One that says whom a token belongs to; a workload's need not. */
export type MemberMapping = AttributeMapping & { email: string; token_id: string };

/** What a trusted auth token says about whom it belongs to. */
export interface MappedIdentity {
  tokenId: string;
  email: string;
  /** Our id of the organization, or its external id. */
  organizationId: string | null;
  externalMemberId: string | null;
  name: string | null;
  /** Null: the profile maps none. A token without the claim says that the member has none. */
  roles: string[] | null;
}

const MAX_VALUE_LENGTH = 255;

export const attributeMappingRules = z.strictObject(
  {
    email: claimPath.optional(),
    token_id: claimPath.optional(),
    organization_id: claimPath.optional(),
    external_member_id: claimPath.optional(),
    name: claimPath.optional(),
    roles: claimPath.optional(),
  },
  {
    error: ({ code }) =>
      code === "unrecognized_keys"
        ? "Its keys are email, token_id, organization_id, external_member_id, name and roles"
        : undefined,
  },
);

export function isMemberMapping(mapping: AttributeMapping): mapping is MemberMapping {
  return mapping.email !== undefined && mapping.token_id !== undefined;
}

/**
 * An address that the issuer itself calls unverified (OpenID Connect Core section 5.1) finds nobody,
 * and who is known by an external id is never found without it.
 * @throws INVALID_TRUSTED_AUTH_TOKEN: CLAIM_MISSING, CONDITION, MALFORMED
 */
export function mapClaims(mapping: MemberMapping, claims: object): MappedIdentity {
  if (["false", false].includes(getClaim(claims, "email_verified") as string | boolean)) {
    throw invalidTrustedAuthToken("CONDITION");
  }
  const email = emailAddress.safeParse(readRequired(claims, mapping.email));
  if (!email.success) throw invalidTrustedAuthToken("MALFORMED");
  const { external_member_id: externalPath } = mapping;
  const externalMemberId = externalPath === undefined ? null : readRequired(claims, externalPath);
  if (externalMemberId !== null && !externalId.safeParse(externalMemberId).success) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  return {
    tokenId: readTokenId(mapping, claims),
    email: email.data,
    organizationId: readOptional(claims, mapping.organization_id),
    externalMemberId,
    // Nothing depends on a name: one that is of no use keeps nobody out.
    name: memberName.safeParse(mapping.name && getClaim(claims, mapping.name)).data ?? null,
    roles: mapping.roles === undefined ? null : readRoles(claims, mapping.roles),
  };
}

/** RFC 7519 section 4.1.7 unless the profile names another claim. */
export function readTokenId(mapping: AttributeMapping, claims: object): string {
  return readRequired(claims, mapping.token_id ?? "jti");
}

function readRequired(claims: object, path: string): string {
  const value = readOptional(claims, path);
  if (value === null) throw invalidTrustedAuthToken("CLAIM_MISSING");
  return value;
}

function readOptional(claims: object, path: string | undefined): string | null {
  const value = path === undefined ? undefined : getClaim(claims, path);
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string" || value.length > MAX_VALUE_LENGTH || !isWellFormedText(value)) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  return value;
}

/** A list, or one. */
function readRoles(claims: object, path: string): string[] {
  const roles = memberRoles.safeParse([getClaim(claims, path) ?? []].flat());
  if (!roles.success) throw invalidTrustedAuthToken("MALFORMED");
  return roles.data;
}
