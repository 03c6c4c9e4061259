import { isPermission } from "./permissions.js";

/**
 * The one rule by which scopes cover others, in grants, requests and verification: `read:users` and
 * `read:*` cover `read:users`, as in Stytch's SDKs, and `read:users` does not cover `read:*`. No wildcard covers
 * a permission of this server.
 * @returns whether a scope is covered
 */
export function scopeMatcher(granted: readonly string[]): (scope: string) => boolean {
  const held = new Set(granted);
  return (scope) => held.has(scope) || (!isPermission(scope) && held.has(wildcardOf(scope)));
}

/** `read:*` for `read:users`; without a colon the scope itself. */
function wildcardOf(scope: string): string {
  const colon = scope.indexOf(":");
  return colon < 0 ? scope : `${scope.slice(0, colon)}:*`;
}
