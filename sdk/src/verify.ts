export type { SecretSource } from "./shared/secret-source.js";
export type { TokenProfile } from "./verify/access-token.js";
export type { Fetch } from "./verify/bounded-request.js";
export type { DpopOptions, ReplayStore } from "./verify/dpop-proof.js";
export type { RevocationOptions } from "./verify/revocation.js";
export type { SigningAlgorithm } from "./verify/signed-jwt.js";
export { type RefusalCode, type RefusalStatus, TokenRefused } from "./verify/token-refused.js";
export type {
  PossessionProof,
  VerifiedAccessToken,
  VerifiedSession,
  Verifier,
  VerifyAccessTokenOptions,
} from "./verify/verified.js";
export { createVerifier, type VerifierOptions } from "./verify/verifier.js";
