import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

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
  const explanation = `The token lacks the claim \`${path}\`, mapped to ${attribute}, or it is empty`;
  return invalidTrustedAuthToken("CLAIM_MISSING", path, { explanation });
}

/** @param rule such as "Must be an email address" */
export function malformedClaim({ attribute, path }: MappedClaim, rule: string) {
  const problem = rule.charAt(0).toLowerCase() + rule.slice(1);
  const explanation = `The claim \`${path}\`, mapped to ${attribute}, ${problem}`;
  return invalidTrustedAuthToken("MALFORMED", path, { explanation });
}
