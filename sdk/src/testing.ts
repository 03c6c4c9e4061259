import type { ClaimsTemplateValues } from "./testing/claims-templates.js";
import { renderTemplate } from "./testing/issuer/claims-templates.js";
import { IssuerOfTests } from "./testing/issuer/test-issuer.js";
import type { TestIssuerSetup } from "./testing/setup.js";
import type { TestIssuer } from "./testing/test-issuer.js";

export type { ClaimsTemplateValues } from "./testing/claims-templates.js";
export type { TestEndpoint, TestFault, TestFaultControl, TestFaults } from "./testing/faults.js";
export type { ForgedTokenKind, TestForge } from "./testing/forge.js";
export type {
  TestApi,
  TestClient,
  TestClientChange,
  TestGrant,
  TestIssuerSetup,
} from "./testing/setup.js";
export { SetupRefused } from "./testing/setup-refused.js";
export type {
  TestClientCredentials,
  TestClock,
  TestIssuer,
  TestRequest,
  TestSessionRequest,
  TestTokenRequest,
} from "./testing/test-issuer.js";
export type { TokenProfile } from "./verify/access-token.js";
export type { SigningAlgorithm } from "./verify/signed-jwt.js";

/**
 * Creates an issuer in the process of your tests, which refuses what the server refuses.
 *
 * @example
 * import { createVerifier } from "@countersign/sdk/verify";
 * const issuer = createTestIssuer({ audience: "https://api.test", scopes: ["orders:read", "orders:write"] });
 * const verifier = createVerifier({ issuer: issuer.issuer, audience: "https://api.test", fetch: issuer.fetch });
 * const token = await issuer.issueToken({ scopes: ["orders:read"] });
 * await verifier.verifyAccessToken(token, { scopes: ["orders:read"] });
 * @throws SetupRefused if the server would not store this setup
 */
export function createTestIssuer(setup: TestIssuerSetup = {}): TestIssuer {
  return new IssuerOfTests(setup);
}

/**
 * Tries a claims template of access tokens without a server.
 *
 * @example
 * renderClaimsTemplate('{ "tier": {{ client.trusted_metadata.tier }} }', {
 *   client: { trustedMetadata: { tier: "gold" } },
 * }); // { tier: "gold" }
 * @returns the claims
 * @throws SetupRefused with the sentence with which the server refuses to save the template, or to issue the token
 */
export function renderClaimsTemplate(
  template: string,
  values: ClaimsTemplateValues = {},
): Record<string, unknown> {
  return renderTemplate(template, values);
}
