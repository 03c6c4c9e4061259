import { createHash } from "node:crypto";
import { z } from "zod";
import { emailAddress, externalId, memberName } from "../organizations/organization-rules.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import {
  claimPath,
  getClaim,
  getMember,
  getSingleClaim,
  isJsonObject,
  textOf,
} from "./claim-path.js";
import { assertEmailVerified } from "./email-verified.js";
import { type LeftOut, leftOut, type OptionalValue } from "./left-out.js";
import { claimMissing, type MappedAttribute, malformedClaim } from "./mapped-claim.js";
import { readRoles } from "./mapped-roles.js";

/** Claim paths in the foreign JWT, by attribute. */
export type AttributeMapping = { [Attribute in MappedAttribute]?: string };

/** A mapping as input: null is absent. */
export type AttributeMappingSettings = {
  [Attribute in MappedAttribute]?: string | null | undefined;
};

/** A mapping that identifies members; a profile for a client may omit both attributes. */
export type MemberMapping = AttributeMapping & ({ email: string } | { externalMemberId: string });

/** The values that a mapping reads from a trusted auth token. */
export interface MappedIdentity {
  tokenId: string;
  /** Null only beside an external member id. */
  email: string | null;
  /** The organization's id or external id. */
  organizationId: string | null;
  externalMemberId: string | null;
  name: string | null;
  /** Null if the profile maps no roles; empty if it does and the token lacks the claim. */
  roles: string[] | null;
  /** Values that the token has and the identity lacks. */
  leftOut: LeftOut[];
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
  return mapping.email !== undefined || mapping.externalMemberId !== undefined;
}

/**
 * Reads the mapped values. A token with an unverified email address is rejected, and so is one without a mapped
 * external member id, or without what identifies the member. No other value rejects a token: the identity lacks
 * it, and `leftOut` tells why.
 * @param payload the claims as the token has them
 * @throws INVALID_TRUSTED_AUTH_TOKEN: CLAIM_MISSING, CONDITION, MALFORMED
 */
export function mapClaims(mapping: MemberMapping, claims: object, payload: string): MappedIdentity {
  const externalMemberId = readExternalMemberId(claims, mapping.externalMemberId);
  const allLeftOut: LeftOut[] = [];
  const collect = <T>(attribute: MappedAttribute, read: OptionalValue<T>): T => {
    const { [attribute]: claim = "" } = mapping;
    allLeftOut.push(...read.leftOut.map((entry) => ({ attribute, claim, ...entry })));
    return read.value;
  };
  return {
    tokenId:
      mapping.tokenId === undefined ? ownTokenId(claims, payload) : readTokenId(mapping, claims),
    email: collect("email", readEmail(claims, mapping.email, externalMemberId === null)),
    organizationId: readOrganizationId(claims, mapping.organizationId),
    externalMemberId,
    name: collect("name", readName(claims, mapping.name)),
    roles:
      mapping.roles === undefined
        ? null
        : collect("roles", readRoles(getClaim(claims, mapping.roles))),
    leftOut: allLeftOut,
  };
}

export function readTokenId(mapping: AttributeMapping, claims: object): string {
  const claim = { attribute: "tokenId", path: tokenIdClaim(mapping) } as const;
  const value = textOf(getSingleClaim(claims, claim.path));
  if (isAbsent(value)) throw claimMissing(claim);
  if (isId(value)) return value;
  throw malformedClaim(claim, ID_RULE);
}

/** `jti` (RFC 7519 section 4.1.7) unless the profile maps another claim. */
export function tokenIdClaim({ tokenId }: AttributeMapping): string {
  return tokenId ?? "jti";
}

/**
 * Some issuers give their tokens no id. A digest of the claims as they are signed is another one for each token,
 * also where JSON.parse would round their numbers, and cannot be changed as a signature can: for one ECDSA
 * signature, anybody finds a second one.
 */
function ownTokenId(claims: object, payload: string): string {
  const jti = getClaim(claims, "jti");
  if (isId(jti) && jti !== "") return jti;
  return createHash("sha256").update(payload).digest("base64url");
}

function readExternalMemberId(claims: object, path: string | undefined): string | null {
  if (path === undefined) return null;
  const claim = { attribute: "externalMemberId", path } as const;
  const value = textOf(getSingleClaim(claims, path));
  if (isAbsent(value)) throw claimMissing(claim);
  if (typeof value !== "string") throw malformedClaim(claim, NOT_TEXT);
  const id = externalId.safeParse(value);
  if (!id.success) throw malformedClaim(claim, id.error.issues[0]?.message ?? NOT_TEXT);
  return id.data;
}

/** Which organization a member gets is never guessed, so a value that cannot be an id rejects the token. */
function readOrganizationId(claims: object, path: string | undefined): string | null {
  const claim = path === undefined ? undefined : getSingleClaim(claims, path);
  const value = textOf(isJsonObject(claim) ? idOfOnlyMember(claim) : claim);
  if (path === undefined || isAbsent(value)) return null;
  if (isId(value)) return value;
  throw malformedClaim({ attribute: "organizationId", path }, ID_RULE);
}

/** Keycloak's `{ "acme": { "id": "…" } }`: the id, or without one the alias. With several members none is the one. */
function idOfOnlyMember(claim: object): unknown {
  const [member, ...others] = Object.entries(claim);
  if (!member || others.length > 0) return claim;
  const [alias, organization] = member;
  if (alias === "" || !isJsonObject(organization)) return claim;
  const id = getMember(organization, "id");
  return isAbsent(id) ? alias : id;
}

/** @param isRequired whether nothing else identifies the member */
function readEmail(
  claims: object,
  path: string | undefined,
  isRequired: boolean,
): OptionalValue<string | null> {
  if (path === undefined) return ABSENT;
  const claim = { attribute: "email", path } as const;
  const value = getSingleClaim(claims, path);
  if (isAbsent(value)) {
    if (isRequired) throw claimMissing(claim);
    return ABSENT;
  }
  assertEmailVerified(claims, path);
  const email = emailAddress.safeParse(value);
  if (email.success) return { value: email.data, leftOut: [] };
  if (isRequired) throw malformedClaim(claim, "Must be an email address");
  return { value: null, leftOut: leftOut(typeof value === "string" ? "INVALID" : "NOT_TEXT") };
}

function readName(claims: object, path: string | undefined): OptionalValue<string | null> {
  const value = path === undefined ? undefined : getSingleClaim(claims, path);
  if (isAbsent(value)) return ABSENT;
  const name = memberName.safeParse(value);
  if (name.success) return { value: name.data, leftOut: [] };
  return { value: null, leftOut: leftOut(typeof value === "string" ? "INVALID" : "NOT_TEXT") };
}

const ABSENT: OptionalValue<null> = { value: null, leftOut: [] };
const NOT_TEXT = "Must be text, or an integer that JSON numbers represent exactly";
const ID_RULE = `Must be text of 1 to ${MAX_VALUE_LENGTH} characters, or an integer that JSON numbers represent exactly`;

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function isId(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_VALUE_LENGTH && isWellFormedText(value);
}
