import { singleLine } from "../shared/validation.js";

export const claimPath = singleLine(1, 255).refine(
  (path) => path.split(".").every((step) => step !== ""),
  "Must be claim names with dots between them",
);

/**
 * `user.email` is a claim within one. Names have dots themselves (`https://example.com/email` in
 * RFC 7519 section 4.2, `kubernetes.io` in Kubernetes), so at each step the longest name that is
 * there counts, and no other.
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

/** Of its own, and none that JSON has not given it, as a list's `length`. */
function hasMember(value: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name);
}
