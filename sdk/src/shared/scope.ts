/** The scopes of a `scope` claim or parameter (RFC 6749 section 3.3). */
export function splitScope(scope: string): string[] {
  return scope.split(" ").filter((value) => value !== "");
}
