import { z } from "zod";
import { isGeneratedSubject } from "../shared/ids.js";
import { trustedMetadata } from "../shared/trusted-metadata.js";
import {
  exactText,
  expectedVersion,
  idempotencyKey,
  idToLookUp,
  singleLine,
} from "../shared/validation.js";
import { MEMBER_STATUSES } from "./member.entity.js";
import { memberClientsRules } from "./member-clients.js";
import { ORGANIZATION_STATUSES } from "./organization.entity.js";

/**
 * Whatever an issuer may call somebody (RFC 7519 section 4.1.2; OpenID Connect Core section 2 has the length).
 * Must not look like a generated id, since a trusted auth token may contain either kind of id.
 */
export const externalId = exactText(255).refine(
  (id) => !isGeneratedSubject(id),
  "Must not look like a generated id, such as member_…",
);

/** RFC 5321 section 4.1.2: a Dot-string of atext, and a domain, whose internationalized labels are A-labels. */
const ADDRESS =
  /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])$/i;

/**
 * An address as it stands in a token, where white space belongs to the value. RFC 5321 section 4.5.3.1.3 limits
 * a path to 256 octets, including its angle brackets.
 */
export const emailAddress = z
  .string()
  .max(254, "Must have at most 254 characters")
  .regex(ADDRESS, "Must be an email address");

/** An address that somebody has typed or copied. */
const enteredEmailAddress = z.string().trim().pipe(emailAddress);

export const MAX_NAME_LENGTH = 128;

export const memberName = singleLine(1, MAX_NAME_LENGTH);

/** A role or group as directories name them: `Site Admins`, `/engineering/backend`, `CN=Admins,OU=x`. */
export const memberRole = exactText(255);

/** The 200 groups of a token of Microsoft Entra, each a UUID, and some. */
export const MAX_ROLES = 250;
/** Bounds the roles' part of a session JWT. */
export const MAX_ROLES_BYTES = 8192;

export const memberRoles = z
  .array(memberRole)
  .max(MAX_ROLES, `Must contain at most ${MAX_ROLES} roles`)
  .transform((list) => [...new Set(list)])
  .refine(
    (list) => rolesThatFit(list).length === list.length,
    `Must have at most ${MAX_ROLES_BYTES} bytes as JSON`,
  );

/** The roles, in their order, up to the first that a member can no longer have beside those before it. */
export function rolesThatFit(roles: readonly string[]): string[] {
  let bytes = "[]".length;
  const end = roles.findIndex((role, index) => {
    bytes += Buffer.byteLength(JSON.stringify(role)) + (index === 0 ? 0 : ",".length);
    return index === MAX_ROLES || bytes > MAX_ROLES_BYTES;
  });
  return roles.slice(0, end === -1 ? undefined : end);
}

const slug = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{2,128}$/, "Must be 2 to 128 characters from A-Z a-z 0-9 . _ ~ -");

const memberClients = memberClientsRules(memberRole).nullish();

const commonFields = {
  externalId: externalId.nullish(),
  trustedMetadata: trustedMetadata.optional(),
};

export const createOrganizationRules = z.object({
  ...commonFields,
  name: singleLine(1, MAX_NAME_LENGTH),
  slug: slug.nullish(),
  memberClients,
  idempotencyKey,
});

export const updateOrganizationRules = z.object({
  ...commonFields,
  organizationId: idToLookUp,
  name: singleLine(1, MAX_NAME_LENGTH).optional(),
  slug: slug.optional(),
  status: z.enum(ORGANIZATION_STATUSES).optional(),
  isDefault: z.boolean().optional(),
  memberClients,
  expectedVersion,
});

export const organizationRef = z.object({ organizationId: idToLookUp, expectedVersion });

export const createMemberRules = z.object({
  ...commonFields,
  organizationId: idToLookUp,
  emailAddress: enteredEmailAddress.nullish(),
  name: memberName.nullish(),
  roles: memberRoles.nullish(),
  idempotencyKey,
});

export const updateMemberRules = z.object({
  ...commonFields,
  memberId: idToLookUp,
  emailAddress: enteredEmailAddress.nullish(),
  name: memberName.nullish(),
  roles: memberRoles.optional(),
  status: z.enum(MEMBER_STATUSES).optional(),
  expectedVersion,
});

export const memberRef = z.object({ memberId: idToLookUp, expectedVersion });

export const organizationFilterRules = z.object({
  nameContains: idToLookUp.nullish(),
  slug: idToLookUp.nullish(),
  externalId: idToLookUp.nullish(),
  status: z.enum(ORGANIZATION_STATUSES).nullish(),
});

export const memberFilterRules = z.object({
  emailAddress: idToLookUp.nullish(),
  emailContains: idToLookUp.nullish(),
  nameContains: idToLookUp.nullish(),
  externalId: idToLookUp.nullish(),
  status: z.enum(MEMBER_STATUSES).nullish(),
});
