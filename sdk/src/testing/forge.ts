import type { TestTokenRequest } from "./test-issuer.js";

/** Why a verifier must refuse the token. */
export type ForgedTokenKind =
  | "expired"
  | "notYetValid"
  | "otherAudience"
  | "projectAudience"
  | "otherIssuer"
  | "badSignature"
  | "changedClaims"
  | "unknownKey"
  | "unsigned"
  | "publicKeyAsSecret"
  | "sessionJwt"
  | "wrongType"
  | "withoutExpiry"
  | "withoutAudience"
  | "malformed";

/**
 * Makes tokens for tests that expect a refusal. Each differs from a good token in the one way that its name says.
 *
 * @example
 * test.each(issuer.forge.kinds)("refuses %s", async (kind) => {
 *   const response = await call(await issuer.forge.token(kind, { scopes: ["orders:read"] }));
 *   expect(response.status).toBe(401);
 * });
 */
export interface TestForge {
  readonly kinds: readonly ForgedTokenKind[];
  /** @param request of the good token that it is made from */
  token(kind: ForgedTokenKind, request?: TestTokenRequest): Promise<string>;
  /** A good access token without the scopes that your API needs: expect 403. */
  withoutScopes(request?: TestTokenRequest): Promise<string>;
}
