import { z } from "zod";
import {
  emailAddress,
  externalId,
  memberName,
  memberRoles,
} from "../organizations/organization-rules.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { claimPath, getClaim } from "./claim-path.js";
import { assertEmailVerified } from "./email-verified.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

/** Claim paths in the foreign JWT, by attribute. */
export interface AttributeMapping {
  email?: string;
  tokenId?: string;
  organizationId?: string;
  externalMemberId?: string;
  name?: string;
  roles?: string;
}

/** A mapping as input: null is absent. */
export type AttributeMappingSettings = {
  [Attribute in keyof AttributeMapping]?: string | null | undefined;
};

/** A mapping that identifies members; a profile for a client may omit both attributes. */
export type MemberMapping = AttributeMapping & { email: string; tokenId: string };

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

/** Null is absent: the result has only the attributes that are mapped. */
export const attributeMappingRules = z
  .object({
    email: claimPath.nullish(),
    tokenId: claimPath.nullish(),
    organizationId: claimPath.nullish(),
    externalMemberId: claimPath.nullish(),
    name: claimPath.nullish(),
    roles: claimPath.nullish(),
  })
  .transform(
    (mapping): AttributeMapping =>
      Object.fromEntries(Object.entries(mapping).filter(([, path]) => typeof path === "string")),
  );

export function isMemberMapping(mapping: AttributeMapping): mapping is MemberMapping {
  return mapping.email !== undefined && mapping.tokenId !== undefined;
}

/**
 * Reads the mapped values. A token with an unverified email address is rejected, and so is a token without a
 * mapped external member id.
 * @throws INVALID_TRUSTED_AUTH_TOKEN: CLAIM_MISSING, CONDITION, MALFORMED
 */
export function mapClaims(mapping: MemberMapping, claims: object): MappedIdentity {
  assertEmailVerified(claims, mapping.email);
  const email = emailAddress.safeParse(readRequired(claims, mapping.email));
  if (!email.success) throw invalidTrustedAuthToken("MALFORMED", mapping.email);
  const { externalMemberId: path } = mapping;
  const externalMemberId = path === undefined ? null : readRequired(claims, path);
  if (externalMemberId !== null && !externalId.safeParse(externalMemberId).success) {
    throw invalidTrustedAuthToken("MALFORMED", path);
  }
  return {
    tokenId: readTokenId(mapping, claims),
    email: email.data,
    organizationId: readOptional(claims, mapping.organizationId),
    externalMemberId,
    // The name does not identify the member, so an invalid name does not reject the token.
    name: memberName.safeParse(mapping.name && getClaim(claims, mapping.name)).data ?? null,
    roles: mapping.roles === undefined ? null : readRoles(claims, mapping.roles),
  };
}

export function readTokenId(mapping: AttributeMapping, claims: object): string {
  return readRequired(claims, tokenIdClaim(mapping));
}

/** `jti` (RFC 7519 section 4.1.7) unless the profile maps another claim. */
export function tokenIdClaim({ tokenId }: AttributeMapping): string {
  return tokenId ?? "jti";
}

function readRequired(claims: object, path: string): string {
  const value = readOptional(claims, path);
  if (value === null) throw invalidTrustedAuthToken("CLAIM_MISSING", path);
  return value;
}

function readOptional(claims: object, path: string | undefined): string | null {
  const value = path === undefined ? undefined : getClaim(claims, path);
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string" || value.length > MAX_VALUE_LENGTH || !isWellFormedText(value)) {
    throw invalidTrustedAuthToken("MALFORMED", path);
  }
  return value;
}

/** The claim is a list of roles or a single role. */
function readRoles(claims: object, path: string): string[] {
  const roles = memberRoles.safeParse([getClaim(claims, path) ?? []].flat());
  if (!roles.success) throw invalidTrustedAuthToken("MALFORMED", path);
  return roles.data;
}
