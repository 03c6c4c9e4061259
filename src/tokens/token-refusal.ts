import { CountersignError, type TokenRefusal } from "../shared/errors.js";

/** The failed checks in words, without values of the token. */
const SENTENCES: Readonly<Record<TokenRefusal, string>> = {
  MALFORMED: "The access token is not a well-formed signed JWT",
  WHITE_SPACE: "White space surrounds the access token, such as the newline of a file: remove it",
  SESSION: "The JWT is a session's and no access token: authenticateSession verifies it",
  TYPE: "The JWT is not an access token: it has another typ",
  SIGNATURE: "No signing key of the project verifies the access token's signature",
  ALGORITHM: "The access token's alg is not one that this server signs with",
  CLAIM_MISSING: "The access token lacks a claim that every access token of this server has",
  ISSUER: "The access token has another issuer than the project",
  AUDIENCE: "The access token has another audience: give the one that it must have as `audience`",
  SUBJECT: "The access token's sub is not its client",
  EXPIRED: "The access token has expired",
  NOT_YET_VALID: "The access token is not yet valid",
  TOO_OLD: "The access token is older than maxTokenAgeSeconds",
  CLIENT:
    "The access token's client is inactive, has expired or has been deleted, or its owner is inactive",
  REVOKED: "The access token has been revoked",
  BOUND_BY_DPOP:
    "The access token is bound to a key (cnf.jkt): give the request's DPoP proof as `dpop`",
  BOUND_OTHERWISE:
    "The access token is bound to a client certificate: check it yourself and set `acceptBound`",
  NOT_BOUND: "The access token is not bound to a key, so no DPoP proof belongs to it",
  PROOF: "The DPoP proof is malformed, wrongly signed or not of this minute",
  PROOF_REQUEST:
    "The DPoP proof cannot be compared with its request, which no trusted proxy names: X-Forwarded-Method, -Host, -Uri",
  PROOF_METHOD: "The DPoP proof's htm is not httpMethod",
  PROOF_URL: "The DPoP proof's htu is not url",
  PROOF_TOKEN: "The DPoP proof's ath is not the hash of the access token",
  PROOF_KEY: "The DPoP proof is signed with another key than the access token is bound to",
  PROOF_REPLAYED: "The DPoP proof has been used before",
};

/**
 * One answer to all refused tokens, except for what the caller sees in the text.
 * @param tokenRefusal the failed check, for those who may know it
 */
export function invalidToken(tokenRefusal: TokenRefusal, options?: ErrorOptions) {
  const message =
    tokenRefusal === "WHITE_SPACE" ? SENTENCES.WHITE_SPACE : "The access token is not valid";
  return new CountersignError("INVALID_TOKEN", message, { tokenRefusal }, options);
}

/** Puts the failed check into words, for a caller who may know it. */
export function withReason(error: unknown): unknown {
  if (!(error instanceof CountersignError) || error.code !== "INVALID_TOKEN") return error;
  const { tokenRefusal } = error.details;
  if (!tokenRefusal) return error;
  return new CountersignError("INVALID_TOKEN", SENTENCES[tokenRefusal], error.details, {
    cause: error.cause,
  });
}
