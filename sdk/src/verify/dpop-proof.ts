import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from "jose";
import { sha256 } from "../shared/sha256.js";
import { refused } from "./token-refused.js";

/** Asymmetric algorithms only (RFC 9449 section 4.2): those of the server. */
export const DPOP_ALGORITHMS = ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"];
const LIFETIME_SECONDS = 60;
const MAX_PROOF_LENGTH = 4096;
const MAX_JTI_LENGTH = 255;

/** Remembers the proofs that have been used, so that none is used twice. */
export interface ReplayStore {
  /**
   * @param key names the proof and its key; at most 300 characters
   * @param expiresAt until then it must be remembered
   * @returns whether this is its first use
   */
  consume(key: string, expiresAt: Date): boolean | Promise<boolean>;
}

export interface DpopOptions {
  /** Where used proofs are remembered. Default: in this process; several need one that they share. */
  replayStore?: ReplayStore;
  /**
   * Whether the nonce is one of yours and recent (RFC 9449 section 9); `undefined`: the proof has none. Default: none is
   * asked for.
   */
  verifyNonce?: (nonce: string | undefined) => boolean | Promise<boolean>;
}

export interface PresentedProof {
  proof: string;
  httpMethod: string;
  url: string;
}

/**
 * Checks that a request comes from the holder of the key (RFC 9449 section 4.3).
 * @throws TokenRefused PROOF, PROOF_NONCE, PROOF_REPLAYED
 */
export async function verifyDpopProof(
  { proof, httpMethod, url }: PresentedProof,
  accessToken: string,
  jkt: string,
  { replayStore, verifyNonce }: DpopOptions & { replayStore: ReplayStore },
): Promise<void> {
  const { payload, thumbprint } = await verifySignature(proof);
  const { iat = 0, jti, htm, htu, ath, nonce } = payload;
  const isFresh = Math.abs(Math.floor(Date.now() / 1000) - iat) <= LIFETIME_SECONDS;
  const hasId = typeof jti === "string" && jti !== "" && jti.length <= MAX_JTI_LENGTH;
  const isOfRequest = htm === httpMethod && isSameTarget(htu, url);
  const hash = await sha256(accessToken);
  if (!isFresh || !hasId || !isOfRequest || ath !== hash || thumbprint !== jkt) {
    throw refused("PROOF");
  }
  const hasNonce = nonce === undefined || typeof nonce === "string";
  if (verifyNonce && !(hasNonce && (await verifyNonce(nonce)))) throw refused("PROOF_NONCE");
  const expiresAt = new Date((iat + LIFETIME_SECONDS + 1) * 1000);
  if (!(await replayStore.consume(`${thumbprint}.${jti}`, expiresAt))) {
    throw refused("PROOF_REPLAYED");
  }
}

async function verifySignature(
  proof: string,
): Promise<{ payload: JWTPayload; thumbprint: string }> {
  if (typeof proof !== "string" || proof.length > MAX_PROOF_LENGTH) throw refused("PROOF");
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: DPOP_ALGORITHMS,
      typ: "dpop+jwt",
      requiredClaims: ["jti", "htm", "htu", "iat"],
    });
    const { jwk = {} } = protectedHeader;
    return { payload, thumbprint: await calculateJwkThumbprint(jwk) };
  } catch {
    throw refused("PROOF");
  }
}

/** Whether `htu` is the URL, ignoring query and fragment (RFC 9449 section 4.3 item 9). */
export function isSameTarget(htu: unknown, url: string): boolean {
  if (typeof htu !== "string" || !URL.canParse(htu) || !URL.canParse(url)) return false;
  // Other schemes have no origin, so that all their hosts would be the same.
  return withoutQuery(htu) === withoutQuery(url) && /^https?:$/.test(new URL(url).protocol);
}

function withoutQuery(href: string): string {
  const { origin, pathname } = new URL(href);
  return origin + pathname;
}
