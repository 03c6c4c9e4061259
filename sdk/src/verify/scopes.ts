/** Permissions on the server itself, which no wildcard covers. A test holds that they are the server's. */
export const PERMISSIONS: ReadonlySet<string> = new Set(
  [
    ...["settings", "management_keys", "clients", "own_clients", "apis", "signing_keys"],
    ...["tokens", "profiles", "organizations", "members", "sessions", "projects"],
  ]
    .flatMap((subject) => [`${subject}:read`, `${subject}:write`])
    .concat("clients:register", "audit:read"),
);

/**
 * The server's rule: `read:users` and `read:*` cover `read:users`; `read:users` does not cover `read:*`.
 * @returns whether all required scopes are covered
 */
export function coversScopes(granted: readonly string[], required: readonly string[]): boolean {
  return required.every((scope) => {
    if (granted.includes(scope)) return true;
    const colon = scope.indexOf(":");
    return colon >= 0 && !PERMISSIONS.has(scope) && granted.includes(`${scope.slice(0, colon)}:*`);
  });
}
