import { getMember, locateClaim } from "./claim-path.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";

const NAME = "email_verified";
/** What Google (version 1), Discord and Microsoft Entra call it. */
const OTHER_NAMES = ["verified_email", "verified", "xms_edov"];

/**
 * Refuses an email address that the issuer does not call verified (OpenID Connect Core section 5.1). The claim
 * may be at the top level, beside the address (`user.email_verified`), or have the address's own name
 * (`https://example.com/email_verified`). Names of other issuers count beside the address, where they say no. A
 * token without the claim is accepted.
 * @param path of the email address
 * @throws INVALID_TRUSTED_AUTH_TOKEN: CONDITION
 */
export function assertEmailVerified(claims: object, path: string): void {
  if (!isTrueOrAbsent(getMember(claims, NAME)))
    throw invalidTrustedAuthToken("EMAIL_NOT_VERIFIED", NAME);
  const location = locateClaim(claims, path);
  if (!location) return;
  const { parent, name } = location;
  const refused =
    [NAME, `${name}_verified`].find((sibling) => !isTrueOrAbsent(getMember(parent, sibling))) ??
    OTHER_NAMES.find((sibling) => isNo(getMember(parent, sibling)));
  if (refused === undefined) return;
  throw invalidTrustedAuthToken("EMAIL_NOT_VERIFIED", path.slice(0, -name.length) + refused);
}

/** Another value of a name as common as `verified` speaks of something else. */
function isNo(value: unknown): boolean {
  const said = typeof value === "string" ? value.toLowerCase() : value;
  return said === "false" || said === "0" || said === false || said === 0 || said === null;
}

/** Some issuers send booleans as text, in any case (`True` in .NET). Nothing else means true. */
function isTrueOrAbsent(value: unknown): boolean {
  if (typeof value === "string") return value.toLowerCase() === "true";
  return value === undefined || value === true;
}
