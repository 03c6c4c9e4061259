export type { DpopKeyPair } from "./client/dpop.js";
export type { AccessToken } from "./client/held-token.js";
export type { KeyMaterial } from "./client/keys.js";
export type {
  ClientKey,
  DescribedKey,
  GetTokenOptions,
  TokenRequest,
  TokenSource,
  TokenSourceOptions,
} from "./client/options.js";
export { secretFile } from "./client/secret-file.js";
export { TokenRequestError } from "./client/token-request-error.js";
export { createTokenSource } from "./client/token-source.js";
export type { TokenStore } from "./client/token-store.js";
export type { SecretSource } from "./shared/secret-source.js";
