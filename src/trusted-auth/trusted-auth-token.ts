import { type CryptoKey, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { KeySources } from "../key-sets/key-sources.js";
import { ALGORITHMS, type Algorithm } from "../key-sets/public-key.js";
import { KeySetUnavailable } from "../key-sets/remote-key-set.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import { invalidTrustedAuthToken } from "./invalid-token.js";
import type { TrustedAuthProfile } from "./profile.entity.js";

export type TrustedAuthClaims = JWTPayload & { exp: number };

export const CLOCK_TOLERANCE_SECONDS = 60;
const MAX_TOKEN_LENGTH = 16_384;
/** The end of the year 9999; both databases and JavaScript can represent it. */
const MAX_EXP = 253_402_300_799;
/** Compact serialization only; an empty signature is told by its algorithm. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Verifies a trusted auth token by the keys of its profile, as RFC 8725 section 3 asks. */
export class TrustedAuthTokenVerifier {
  constructor(
    private readonly keySources: KeySources,
    private readonly clock: Clock,
  ) {}

  /** @throws INVALID_TRUSTED_AUTH_TOKEN */
  async verify(profile: TrustedAuthProfile, token: string): Promise<TrustedAuthClaims> {
    const header = readHeader(token);
    for (const key of await this.#candidates(profile, header)) {
      const claims = await this.#verifyWith(key, header.alg, profile, token);
      if (claims) return this.#checkTimes(claims);
    }
    throw invalidTrustedAuthToken("SIGNATURE");
  }

  async #candidates(profile: TrustedAuthProfile, header: Header): Promise<CryptoKey[]> {
    try {
      const candidates = await this.keySources.candidates(profile.profileId, profile, header);
      if (candidates.length > 0 || profile.jwksUrl) return candidates;
    } catch (error) {
      if (!(error instanceof KeySetUnavailable)) throw error;
      throw invalidTrustedAuthToken("KEY_SET_UNAVAILABLE", { cause: error });
    }
    throw invalidTrustedAuthToken("ALGORITHM");
  }

  /** @returns null when it is not the key that has signed the token */
  async #verifyWith(
    key: CryptoKey,
    algorithm: Algorithm,
    profile: TrustedAuthProfile,
    token: string,
  ): Promise<TrustedAuthClaims | null> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [algorithm],
        issuer: profile.issuer,
        audience: profile.audience,
        requiredClaims: ["exp"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: this.clock.now(),
      });
      return payload as TrustedAuthClaims;
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) return null;
      throw refusal(error);
    }
  }

  #checkTimes(claims: TrustedAuthClaims): TrustedAuthClaims {
    const latest = epochSeconds(this.clock.now()) + CLOCK_TOLERANCE_SECONDS;
    if (claims.exp > MAX_EXP) throw invalidTrustedAuthToken("MALFORMED");
    if ((claims.iat ?? 0) > latest) throw invalidTrustedAuthToken("NOT_YET_VALID");
    return claims;
  }
}

interface Header {
  alg: Algorithm;
  kid: string | undefined;
}

/** All else in the header is the sender's word: `jku`, `jwk`, `x5u` and `x5c` are never looked at. */
function readHeader(token: string): Header {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT_JWS.test(token)) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(token);
  } catch (error) {
    throw invalidTrustedAuthToken("MALFORMED", { cause: error });
  }
  const { alg, kid, crit } = header as { alg?: unknown; kid?: unknown; crit?: unknown };
  const algorithm = ALGORITHMS.find((one) => one === alg);
  if (!algorithm) throw invalidTrustedAuthToken("ALGORITHM");
  // No extension is understood here (RFC 7515 section 4.1.11).
  if (crit !== undefined || (kid !== undefined && typeof kid !== "string")) {
    throw invalidTrustedAuthToken("MALFORMED");
  }
  return { alg: algorithm, kid };
}

function refusal(error: unknown) {
  const options = { cause: error };
  if (error instanceof errors.JWTExpired) return invalidTrustedAuthToken("EXPIRED", options);
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === "missing") return invalidTrustedAuthToken("CLAIM_MISSING", options);
    if (error.claim === "iss") return invalidTrustedAuthToken("ISSUER", options);
    if (error.claim === "aud") return invalidTrustedAuthToken("AUDIENCE", options);
    if (error.reason === "check_failed") return invalidTrustedAuthToken("NOT_YET_VALID", options);
    return invalidTrustedAuthToken("MALFORMED", options);
  }
  // jose throws a TypeError for a key that is too short or does not fit the algorithm.
  if (error instanceof TypeError || error instanceof errors.JOSENotSupported) {
    return invalidTrustedAuthToken("ALGORITHM", options);
  }
  if (error instanceof errors.JOSEError) return invalidTrustedAuthToken("MALFORMED", options);
  return error;
}
