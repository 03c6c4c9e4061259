import { createHash, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, type JWK, type JWTPayload, jwtVerify } from "jose";
import { type Algorithm, toVerificationKey } from "../key-sets/public-key.js";
import type { ReplayDetection } from "../persistence/replay-detection.js";
import { type Clock, epochSeconds, fromEpochSeconds } from "../shared/clock.js";
import { parseUnverifiedJwt, type UnverifiedJwt } from "../shared/unverified-jwt.js";

/**
 * Asymmetric algorithms only (RFC 9449 section 4.2). EdDSA and Ed25519 name the same one (RFC 9864
 * section 2.2).
 */
export const DPOP_ALGORITHMS = ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"];

const PROOF_LIFETIME_SECONDS = 60;
const MAX_PROOF_LENGTH = 4096;
const MAX_JTI_LENGTH = 255;

/** A proof whose signature, form and age are verified, but neither `htm`, `htu`, `ath` nor a nonce. */
export interface VerifiedProof {
  claims: JWTPayload & { jti: string };
  /** JWK thumbprint of the key that signed the proof (RFC 7638). */
  thumbprint: string;
}

/** The proof lacks its key or id, or is older or newer than a minute. */
class DpopProofError extends Error {
  override readonly name = "DpopProofError";
}

/** Verifies DPoP proofs (RFC 9449 section 4.3), at the token endpoint and for resource servers. */
export class DpopProofs {
  constructor(
    private readonly replayDetection: ReplayDetection,
    private readonly clock: Clock,
  ) {}

  /** @throws an error of jose for a wrong signature, a MalformedJwt, a PublicKeyError or a DpopProofError */
  async verify(proof: string): Promise<VerifiedProof> {
    const unverified = parseUnverifiedJwt(proof, MAX_PROOF_LENGTH);
    const now = this.clock.now();
    const { payload } = await jwtVerify(proof, embeddedKey(unverified), {
      algorithms: DPOP_ALGORITHMS,
      typ: "dpop+jwt",
      requiredClaims: ["jti", "htm", "htu", "iat"],
      currentDate: now,
    });
    const { iat = 0, jti } = payload;
    const age = epochSeconds(now) - iat;
    if (Math.abs(age) > PROOF_LIFETIME_SECONDS) throw new DpopProofError("the proof is not fresh");
    if (typeof jti !== "string" || jti === "" || jti.length > MAX_JTI_LENGTH) {
      throw new DpopProofError("the proof has no usable jti");
    }
    const thumbprint = await calculateJwkThumbprint(unverified.header["jwk"] as JWK);
    return { claims: { ...payload, jti }, thumbprint };
  }

  /**
   * Marks a proof as used, after all other checks.
   * @returns whether this is its first use
   */
  async consume({ claims, thumbprint }: VerifiedProof): Promise<boolean> {
    const expiresAt = fromEpochSeconds((claims.iat ?? 0) + 2 * PROOF_LIFETIME_SECONDS);
    return this.replayDetection.consume("dpop", [thumbprint, claims.jti], expiresAt);
  }
}

/** RFC 9449 section 4.3 item 7: the header has the public key, which must be as good as any other. */
function embeddedKey({ header, alg }: UnverifiedJwt): KeyObject {
  const { jwk } = header;
  if (jwk === null || typeof jwk !== "object") throw new DpopProofError("the proof has no jwk");
  const { key, algorithms } = toVerificationKey(jwk);
  if (algorithms.includes(alg as Algorithm)) return key;
  throw new DpopProofError("the key does not support the algorithm");
}

/** Whether `htu` is the URL, ignoring query and fragment (RFC 9449 section 4.3 item 9). */
export function isSameTarget(htu: unknown, url: string): boolean {
  if (typeof htu !== "string" || !URL.canParse(htu) || !URL.canParse(url)) return false;
  // Other schemes have no origin, so that all their hosts would be the same.
  return withoutQuery(htu) === withoutQuery(url) && /^https?:$/.test(new URL(url).protocol);
}

/** `ath` of a proof for an access token (RFC 9449 section 4.2). */
export function accessTokenHash(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest("base64url");
}

function withoutQuery(href: string): string {
  const { origin, pathname } = new URL(href);
  return origin + pathname;
}
