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
 * import assert from "node:assert/strict";
 * const issuer = createTestIssuer({ scopes: ["orders:read"] });
 * for (const kind of issuer.forge.kinds) {
 *   await assert.rejects(verifier.verifyAccessToken(await issuer.forge.token(kind)), kind);
 * }
 */
export interface TestForge {
  readonly kinds: readonly ForgedTokenKind[];
  /** @param request of the good token that it is made from */
  token(kind: ForgedTokenKind, request?: TestTokenRequest): Promise<string>;
  /** A good access token without the scopes that your API needs: expect 403. */
  withoutScopes(request?: TestTokenRequest): Promise<string>;
}
