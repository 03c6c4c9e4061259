export { type RefusalCode, type RefusalStatus, TokenRefused } from "./verify/token-refused.js";
export type {
  PossessionProof,
  VerifiedAccessToken,
  VerifiedSession,
  Verifier,
  VerifyAccessTokenOptions,
} from "./verify/verified.js";
