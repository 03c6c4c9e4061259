import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { KeySource } from "./keys.js";
import { type RefusalCode, refused } from "./token-refused.js";

/** What the server signs with. Neither `none` nor a symmetric algorithm can be one. */
export type SigningAlgorithm = "RS256" | "PS256" | "ES256" | "EdDSA";
export const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = ["RS256", "PS256", "ES256", "EdDSA"];

/** The longest token, in characters, that the server issues and accepts. */
export const MAX_TOKEN_LENGTH = 40 * 1024;

/** RFC 7515 section 7.1: base64url without padding. Decoders are more lenient. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** RFC 4648 section 3.5: last letters of a part whose length leaves 2 or 3 over, so that the unused bits are zero. */
const LAST_LETTERS: Readonly<Record<number, string>> = { 2: "AQgw", 3: "AEIMQUYcgkosw048" };

/** The claims of every token of the server. */
export interface IssuedClaims extends JWTPayload {
  iss: string;
  sub: string;
  aud: string | string[];
  iat: number;
  exp: number;
  jti: string;
}

export interface JwtRules {
  issuer: string;
  audience: string;
  algorithms: readonly SigningAlgorithm[];
  keys: KeySource;
  /** For `nbf` and `iat`. `exp` is never extended, as at the server. */
  clockToleranceSeconds: number;
}

/**
 * Verifies all that every token of the issuer has in common.
 * @param assertType throws for the `typ` of another kind of token
 * @throws TokenRefused
 */
export async function verifyJwt(
  token: string,
  rules: JwtRules,
  assertType: (typ: unknown) => void,
): Promise<IssuedClaims> {
  const { issuer, audience, algorithms, keys, clockToleranceSeconds: clockTolerance } = rules;
  if (!isCompact(token)) throw refused("MALFORMED");
  const findKey: JWTVerifyGetKey = (header, jws) => {
    // Before the keys, so that no other token makes a verifier fetch any.
    assertType(header.typ);
    return keyOf(keys, header, jws);
  };
  const { payload } = await jwtVerify(token, findKey, {
    issuer,
    audience,
    algorithms: [...algorithms],
    requiredClaims: ["iss", "sub", "aud", "iat", "exp", "jti"],
    clockTolerance,
  }).catch((error: unknown) => {
    throw toRefusal(error);
  });
  const { sub, jti, iat, exp } = payload as IssuedClaims;
  const areTexts = typeof sub === "string" && typeof jti === "string";
  if (!areTexts || !Number.isFinite(iat) || !Number.isFinite(exp)) throw refused("MALFORMED");
  const now = Math.floor(Date.now() / 1000);
  if (exp <= now) throw refused("EXPIRED");
  // Not every profile has `nbf`.
  if (iat > now + clockTolerance) throw refused("NOT_YET_VALID");
  return payload as IssuedClaims;
}

function isCompact(token: string): boolean {
  if (typeof token !== "string" || token.length > MAX_TOKEN_LENGTH) return false;
  return COMPACT.test(token) && token.split(".").every(isCanonical);
}

function isCanonical(part: string): boolean {
  const over = part.length % 4;
  return over === 0 || (LAST_LETTERS[over]?.includes(part.slice(-1)) ?? false);
}

async function keyOf(keys: KeySource, ...[header, jws]: Parameters<JWTVerifyGetKey>) {
  const current = await keys.current();
  try {
    return await current.find(header, jws);
  } catch (error) {
    const { kid } = header as { kid?: unknown };
    const isUnknown = typeof kid === "string" && !current.has(kid);
    if (!(isUnknown && error instanceof errors.JWKSNoMatchingKey)) throw error;
  }
  return (await keys.lookAgain()).find(header, jws);
}

const CODES_BY_CLAIM: Readonly<Record<string, RefusalCode>> = {
  iss: "ISSUER",
  aud: "AUDIENCE",
  nbf: "NOT_YET_VALID",
};

/** The errors of jose have the token's claims, so the refusal does not name one as its cause. */
function toRefusal(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return refused("EXPIRED");
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === "missing") return refused("CLAIM_MISSING");
    const isWrong = error.reason === "check_failed";
    return refused((isWrong && CODES_BY_CLAIM[error.claim]) || "MALFORMED");
  }
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey
  ) {
    return refused("SIGNATURE");
  }
  // jose throws a TypeError if the key does not support the algorithm.
  const isAlgorithm =
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof TypeError;
  if (isAlgorithm) return refused("ALGORITHM");
  return error instanceof errors.JOSEError ? refused("MALFORMED") : (error as Error);
}
