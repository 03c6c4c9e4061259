/** NQCHAR of RFC 6749 appendix A: scopes (section 3.3), and nonces of DPoP (RFC 9449 section 8.1). */
export const NQCHARS = /^[!#-[\]-~]+$/;

/**
 * JavaScript's callers have no types to hold them: of a string, each letter would be a scope.
 * @throws TypeError
 */
export function assertScopeList(scopes: readonly string[]): void {
  if (!Array.isArray(scopes)) {
    throw new TypeError('The `scopes` must be a list, such as ["orders:read"]');
  }
  for (const scope of scopes) {
    if (!NQCHARS.test(scope)) throw new TypeError("A scope is one word without quotes");
  }
}
