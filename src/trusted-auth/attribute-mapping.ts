import { z } from "zod";
import { emailAddress, externalId, memberName } from "../organizations/organization-rules.js";
import { isStorableText } from "../shared/storable-text.js";
import { line } from "../shared/validation.js";
import { invalidTrustedAuthToken } from "./invalid-token.js";

/** Keys are ours, values are paths of claims in the foreign JWT. */
export type AttributeMapping = z.output<typeof attributeMappingRules>;

/** What a trusted auth token says about whom it belongs to. */
export interface MappedIdentity {
  tokenId: string;
  email: string;
  /** Our id of the organization, or its external id. */
  organizationId: string | null;
  externalMemberId: string | null;
  name: string | null;
}

const MAX_VALUE_LENGTH = 255;

const claimPath = line(1, 255).refine(
  (path) => path.split(".").every((step) => step !== ""),
  "Must be claim names with dots between them",
);

export const attributeMappingRules = z.strictObject(
  {
    email: claimPath,
    token_id: claimPath,
    organization_id: claimPath.optional(),
    external_member_id: claimPath.optional(),
    name: claimPath.optional(),
  },
  {
    error: ({ code }) =>
      code === "unrecognized_keys"
        ? "Its keys are email, token_id, organization_id, external_member_id and name"
        : undefined,
  },
);

/** @throws INVALID_TRUSTED_AUTH_TOKEN: CLAIM_MISSING, MALFORMED */
export function mapClaims(mapping: AttributeMapping, claims: object): MappedIdentity {
  const email = emailAddress.safeParse(required(claims, mapping.email));
  if (!email.success) throw invalidTrustedAuthToken("MALFORMED");
  const externalMemberId = optional(claims, mapping.external_member_id);
  if (externalMemberId !== null && !externalId.safeParse(externalMemberId).success) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  return {
    tokenId: required(claims, mapping.token_id),
    email: email.data,
    organizationId: optional(claims, mapping.organization_id),
    externalMemberId,
    // Nothing depends on a name: one that is of no use keeps nobody out.
    name: memberName.safeParse(mapping.name && claimAt(claims, mapping.name)).data ?? null,
  };
}

function required(claims: object, path: string): string {
  const value = optional(claims, path);
  if (value === null) throw invalidTrustedAuthToken("CLAIM_MISSING");
  return value;
}

function optional(claims: object, path: string | undefined): string | null {
  const value = path === undefined ? undefined : claimAt(claims, path);
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string" || value.length > MAX_VALUE_LENGTH || !isStorableText(value)) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  return value;
}

/**
 * `https://example.com/email` is the name of one claim (RFC 7519 section 4.2), `user.email` a
 * claim within one: the whole path is tried as a name first.
 */
function claimAt(claims: object, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path as never];
  let value: unknown = claims;
  for (const step of path.split(".")) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, step)) {
      return undefined;
    }
    value = value[step as never];
  }
  return value;
}
