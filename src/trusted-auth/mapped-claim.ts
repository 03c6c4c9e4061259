import { CountersignError, type TrustedAuthTokenReason } from "../shared/errors.js";

/** What a profile may read from a trusted auth token. */
export type MappedAttribute =
  | "email"
  | "tokenId"
  | "organizationId"
  | "externalMemberId"
  | "name"
  | "roles";

/** A claim that a profile maps. */
export interface MappedClaim {
  attribute: MappedAttribute;
  path: string;
}

export function claimMissing({ attribute, path }: MappedClaim) {
  return invalid(
    "CLAIM_MISSING",
    path,
    `The token lacks the claim \`${path}\`, mapped to ${attribute}`,
  );
}

/** @param rule such as "Must be an email address" */
export function malformedClaim({ attribute, path }: MappedClaim, rule: string) {
  const problem = rule.charAt(0).toLowerCase() + rule.slice(1);
  return invalid("MALFORMED", path, `The claim \`${path}\`, mapped to ${attribute}, ${problem}`);
}

export function emailNotVerified(claim: string) {
  return invalid(
    "CONDITION",
    claim,
    `The claim \`${claim}\` must be true: the issuer has not verified the email address`,
  );
}

function invalid(reason: TrustedAuthTokenReason, claim: string, message: string) {
  return new CountersignError("INVALID_TRUSTED_AUTH_TOKEN", message, { reason, claim });
}
