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

/** The failed checks in words, without values of the token. */
const SENTENCES: Readonly<Record<RefusalCode, string>> = {
  REQUEST: "The request has more than one access token, or a proof that cannot be read",
  MISSING: "The request has no access token",
  MALFORMED: "The token is not a well-formed signed JWT",
  TYPE: "The JWT has another typ than the tokens that are verified here",
  SESSION: "The JWT is a session's and no access token",
  ALGORITHM: "The token's alg is not one that is accepted",
  SIGNATURE: "No key of the issuer verifies the token's signature",
  CLAIM_MISSING: "The token lacks a claim that every token of the issuer has",
  ISSUER: "The token's issuer is not the verifier's, character for character",
  AUDIENCE: "The token is for another audience",
  SUBJECT: "The access token's sub is not its client",
  EXPIRED: "The token has expired",
  NOT_YET_VALID: "The token is not yet valid",
  REVOKED: "The token has been revoked, or its client may not use it now",
  NOT_BOUND: "The access token is not bound to a DPoP key, so no proof belongs to it",
  BOUND: "The access token is bound to a key, and the request does not show that it holds it",
  PROOF: "The DPoP proof is malformed, wrongly signed, not of this minute, or not of this request",
  PROOF_REPLAYED: "The DPoP proof has been used before",
  PROOF_NONCE: "The DPoP proof lacks a nonce that is accepted now",
  SCOPE: "The access token lacks a required scope",
  KEY_SET_UNAVAILABLE: "The issuer's keys cannot be fetched or read, so nobody can tell now",
  REVOCATION_UNAVAILABLE:
    "The issuer does not say whether the token has been revoked, so nobody can tell now",
};

const STATUSES: Readonly<Partial<Record<RefusalCode, RefusalStatus>>> = {
  REQUEST: 400,
  SCOPE: 403,
  KEY_SET_UNAVAILABLE: 503,
  REVOCATION_UNAVAILABLE: 503,
};

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

/** @param message absent: the sentence of the code */
export function refused(
  code: RefusalCode,
  message: string = SENTENCES[code],
  options?: ErrorOptions,
): TokenRefused {
  return new TokenRefused(code, STATUSES[code] ?? 401, message, options);
}
