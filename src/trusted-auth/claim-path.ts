import { singleLine } from "../shared/validation.js";

export const claimPath = singleLine(1, 255).refine(
  (path) => path.split(".").every((step) => step !== ""),
  "Must be claim names separated by dots",
);

/** The object that has a claim, and the claim's name in it. */
export interface ClaimLocation {
  parent: object;
  name: string;
}

/** Reads a claim by its path, such as `user.email`. */
export function getClaim(claims: object, path: string): unknown {
  const location = locateClaim(claims, path);
  return location && getMember(location.parent, location.name);
}

/**
 * The one value of a claim that issuers may send as a list: `emails` of Azure AD B2C, `organization` and attributes
 * of Keycloak. A list of several values stays what it is, since none of them is the one.
 */
export function getSingleClaim(claims: object, path: string): unknown {
  const claim = getClaim(claims, path);
  return Array.isArray(claim) && claim.length === 1 ? claim[0] : claim;
}

/** An integer as its digits, unless the parser of JSON may have rounded it; any other value as it is. */
export function textOf(value: unknown): unknown {
  return Number.isSafeInteger(value) ? String(value) : value;
}

/**
 * Finds a claim by its path. Claim names may contain dots (`https://example.com/email` in RFC 7519 section 4.2,
 * `kubernetes.io` in Kubernetes), so each step takes the longest name that exists and never tries a shorter one.
 */
export function locateClaim(claims: object, path: string): ClaimLocation | undefined {
  let parent: unknown = claims;
  const steps = path.split(".");
  for (let from = 0; ; ) {
    if (parent === null || typeof parent !== "object") return undefined;
    let to = steps.length;
    while (to > from && !hasMember(parent, steps.slice(from, to).join("."))) to -= 1;
    if (to === from) return undefined;
    const name = steps.slice(from, to).join(".");
    if (to === steps.length) return { parent, name };
    parent = getMember(parent, name);
    from = to;
  }
}

/** @returns undefined for a member that the object lacks or inherits */
export function getMember(value: object, name: string): unknown {
  return hasMember(value, name) ? value[name as never] : undefined;
}

/** Excludes inherited members, and those that JSON does not contain, such as a list's `length`. */
function hasMember(value: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name);
}
