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

/** Claim paths in the foreign JWT, by attribute. */
export type AttributeMapping = z.output<typeof attributeMappingRules>;

/** A mapping that identifies members; a profile for a client may omit both attributes. */
export type MemberMapping = AttributeMapping & { email: string; token_id: string };

/** The values that a mapping reads from a trusted auth token. */
export interface MappedIdentity {
  tokenId: string;
  email: string;
  /** The organization's id or external id. */
  organizationId: string | null;
  externalMemberId: string | null;
  name: string | null;
  /** Null if the profile maps no roles; empty if it does and the token lacks the claim. */
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
        ? "Must contain no keys other than email, token_id, organization_id, external_member_id, name and roles"
        : undefined,
  },
);

export function isMemberMapping(mapping: AttributeMapping): mapping is MemberMapping {
  return mapping.email !== undefined && mapping.token_id !== undefined;
}

/**
 * Reads the mapped values. A token whose `email_verified` is false is rejected (OpenID Connect Core section
 * 5.1), and so is a token without a mapped external member id.
 * @throws INVALID_TRUSTED_AUTH_TOKEN: CLAIM_MISSING, CONDITION, MALFORMED
 */
export function mapClaims(mapping: MemberMapping, claims: object): MappedIdentity {
  const emailVerified = getClaim(claims, "email_verified");
  if (emailVerified === false || emailVerified === "false") {
    throw invalidTrustedAuthToken("CONDITION");
  }
  const email = emailAddress.safeParse(readRequired(claims, mapping.email));
  if (!email.success) throw invalidTrustedAuthToken("MALFORMED");
  const { external_member_id: path } = mapping;
  const externalMemberId = path === undefined ? null : readRequired(claims, path);
  if (externalMemberId !== null && !externalId.safeParse(externalMemberId).success) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  return {
    tokenId: readTokenId(mapping, claims),
    email: email.data,
    organizationId: readOptional(claims, mapping.organization_id),
    externalMemberId,
    // The name does not identify the member, so an invalid name does not reject the token.
    name: memberName.safeParse(mapping.name && getClaim(claims, mapping.name)).data ?? null,
    roles: mapping.roles === undefined ? null : readRoles(claims, mapping.roles),
  };
}

/** Reads `jti` (RFC 7519 section 4.1.7) unless the profile maps another claim. */
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

/** The claim is a list of roles or a single role. */
function readRoles(claims: object, path: string): string[] {
  const roles = memberRoles.safeParse([getClaim(claims, path) ?? []].flat());
  if (!roles.success) throw invalidTrustedAuthToken("MALFORMED");
  return roles.data;
}
