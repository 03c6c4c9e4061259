import { z } from "zod";
import { isReservedSubject } from "../shared/ids.js";
import { trustedMetadata } from "../shared/trusted-metadata.js";
import { expectedVersion, idempotencyKey, idToLookUp, singleLine } from "../shared/validation.js";
import { MEMBER_STATUSES } from "./member.entity.js";
import { ORGANIZATION_STATUSES } from "./organization.entity.js";

/** Must not look like a generated id, since a trusted auth token may contain either kind of id. */
export const externalId = z
  .string()
  .regex(/^[A-Za-z0-9._|-]{1,128}$/, "Must be 1 to 128 characters from A-Z a-z 0-9 . _ | -")
  .refine((id) => !isReservedSubject(id), "Must not look like a generated id, such as member_…");

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

export const memberName = singleLine(1, 128);

export const MAX_ROLES = 50;

export const memberRoles = z
  .array(
    z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,128}$/, "Must be 1 to 128 characters from A-Z a-z 0-9 . _ : -"),
  )
  .max(MAX_ROLES, `Must contain at most ${MAX_ROLES} roles`)
  .transform((list) => [...new Set(list)]);

const slug = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{2,128}$/, "Must be 2 to 128 characters from A-Z a-z 0-9 . _ ~ -");

const commonFields = {
  externalId: externalId.nullish(),
  trustedMetadata: trustedMetadata.optional(),
};

export const createOrganizationRules = z.object({
  ...commonFields,
  name: singleLine(1, 128),
  slug: slug.nullish(),
  idempotencyKey,
});

export const updateOrganizationRules = z.object({
  ...commonFields,
  organizationId: idToLookUp,
  name: singleLine(1, 128).optional(),
  slug: slug.optional(),
  status: z.enum(ORGANIZATION_STATUSES).optional(),
  isDefault: z.boolean().optional(),
  expectedVersion,
});

export const organizationRef = z.object({ organizationId: idToLookUp, expectedVersion });

export const createMemberRules = z.object({
  ...commonFields,
  organizationId: idToLookUp,
  emailAddress: enteredEmailAddress,
  name: memberName.nullish(),
  roles: memberRoles.nullish(),
  idempotencyKey,
});

export const updateMemberRules = z.object({
  ...commonFields,
  memberId: idToLookUp,
  emailAddress: enteredEmailAddress.optional(),
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
