/**
 * Why a token is refused. The server's `verifyToken` knows the same checks.
 *
 * - 400 `REQUEST`: the request carries its credentials in no way that can be read
 * - 401: the token is not valid, or is not valid for this request; `MISSING`: there is none
 * - 403 `SCOPE`: it is valid, and lacks a scope that is required
 * - 503 `KEY_SET_UNAVAILABLE`, `REVOCATION_UNAVAILABLE`: nobody can tell now, which is no fault of the token
 */
export type RefusalCode =
  | "REQUEST"
  | "MISSING"
  | "MALFORMED"
  | "TYPE"
  | "SESSION"
  | "ALGORITHM"
  | "SIGNATURE"
  | "CLAIM_MISSING"
  | "ISSUER"
  | "AUDIENCE"
  | "SUBJECT"
  | "EXPIRED"
  | "NOT_YET_VALID"
  | "REVOKED"
  | "NOT_BOUND"
  | "BOUND"
  | "PROOF"
  | "PROOF_REPLAYED"
  | "PROOF_NONCE"
  | "SCOPE"
  | "KEY_SET_UNAVAILABLE"
  | "REVOCATION_UNAVAILABLE";

export type RefusalStatus = 400 | 401 | 403 | 503;

/** A token that the verifier does not accept. Its message names no value of the token. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";

  constructor(
    readonly code: RefusalCode,
    /** for the answer to the request that carries the token */
    readonly status: RefusalStatus,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
