import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import type { KeySource } from "./keys.js";
import { type RefusalCode, refused } from "./token-refused.js";

/** What the server signs with. Neither `none` nor a symmetric algorithm can be one. */
export const SIGNING_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** The longest token, in characters, that the server issues and accepts. */
export const MAX_TOKEN_LENGTH = 40 * 1024;

/** RFC 7515 section 7.1: base64url without padding; RFC 4648 section 3.5: the unused bits are zero. */
const PART = "(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?";
const COMPACT = new RegExp(`^(?!\\.)${PART}\\.(?!\\.)${PART}\\.(?!$)${PART}$`);

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

/** @returns the header's `typ`, unverified @throws TokenRefused MALFORMED */
export function typeOf(token: string): unknown {
  if (typeof token !== "string" || token.length > MAX_TOKEN_LENGTH || !COMPACT.test(token)) {
    throw refused("MALFORMED");
  }
  try {
    return decodeProtectedHeader(token).typ;
  } catch {
    throw refused("MALFORMED");
  }
}

/** Verifies all but `typ` and what is particular to a kind of token. @throws TokenRefused */
export async function verifyJwt(token: string, rules: JwtRules): Promise<IssuedClaims> {
  const claims = await verifySignatureAndClaims(token, rules);
  const { iss, sub, jti, iat, exp } = claims;
  const hasTypes =
    [iss, sub, jti].every((claim) => typeof claim === "string") &&
    [iat, exp].every((claim) => Number.isSafeInteger(Math.floor(claim as number)));
  if (!hasTypes) throw refused("MALFORMED");
  const now = Math.floor(Date.now() / 1000);
  if ((exp as number) <= now) throw refused("EXPIRED");
  // Not every profile has `nbf`.
  if ((iat as number) > now + rules.clockToleranceSeconds) throw refused("NOT_YET_VALID");
  return claims as IssuedClaims;
}

async function verifySignatureAndClaims(token: string, rules: JwtRules): Promise<JWTPayload> {
  const { issuer, audience, algorithms, keys, clockToleranceSeconds: clockTolerance } = rules;
  const current = await keys.current();
  const verify = async (find: typeof current.find): Promise<JWTVerifyResult> =>
    jwtVerify(token, find, {
      issuer,
      audience,
      algorithms: [...algorithms],
      requiredClaims: ["iss", "sub", "aud", "iat", "exp", "jti"],
      clockTolerance,
    });
  try {
    try {
      return (await verify(current.find)).payload;
    } catch (error) {
      const { kid } = decodeProtectedHeader(token);
      const isUnknown =
        error instanceof errors.JWKSNoMatchingKey && typeof kid === "string" && !current.has(kid);
      if (!isUnknown) throw error;
      return (await verify((await keys.lookAgain()).find)).payload;
    }
  } catch (error) {
    throw toRefusal(error);
  }
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
