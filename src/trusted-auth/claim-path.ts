import { singleLine } from "../shared/validation.js";

export const claimPath = singleLine(1, 255).refine(
  (path) => path.split(".").every((step) => step !== ""),
  "Must be claim names separated by dots",
);

/**
 * Reads a claim by its path, such as `user.email`. Claim names may contain dots (`https://example.com/email`
 * in RFC 7519 section 4.2, `kubernetes.io` in Kubernetes), so each step takes the longest name that exists
 * and never tries a shorter one.
 */
export function getClaim(claims: object, path: string): unknown {
  let value: unknown = claims;
  let rest = path.split(".");
  while (rest.length > 0) {
    if (value === null || typeof value !== "object") return undefined;
    let length = rest.length;
    while (length > 0 && !hasMember(value, rest.slice(0, length).join("."))) length -= 1;
    if (length === 0) return undefined;
    value = value[rest.slice(0, length).join(".") as never];
    rest = rest.slice(length);
  }
  return value;
}

/** Excludes inherited members, and those that JSON does not contain, such as a list's `length`. */
function hasMember(value: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name);
}
