import { constants, type KeyObject, type SignKeyObjectInput, sign } from "node:crypto";
import { promisify } from "node:util";
import type { JWTPayload } from "jose";
import type { SigningAlgorithm } from "../projects/project.entity.js";

const signInThread = promisify(sign);

interface Method extends Omit<SignKeyObjectInput, "key"> {
  digest: string | null;
  /** RSA takes a quarter of a millisecond, in which the event loop goes on with others. */
  isSlow: boolean;
}

/** RFC 7518 section 3 and RFC 8037 section 3.1. */
const METHODS: Record<SigningAlgorithm, Method> = {
  RS256: { isSlow: true, digest: "sha256" },
  PS256: {
    isSlow: true,
    digest: "sha256",
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  },
  // To hand these to a thread would take longer than to make them.
  ES256: { isSlow: false, digest: "sha256", dsaEncoding: "ieee-p1363" },
  EdDSA: { isSlow: false, digest: null },
};

export interface JwtHeader {
  alg: SigningAlgorithm;
  typ: string;
  kid: string;
}

/**
 * JWS in compact serialization (RFC 7515 section 7.1). Not by jose, which has WebCrypto only: that
 * costs a tenth more for each token, most of what is not the signature itself (ADR 0010).
 */
export async function signJwt(
  header: JwtHeader,
  claims: JWTPayload,
  key: KeyObject,
): Promise<string> {
  const input = `${encode(header)}.${encode(claims)}`;
  const { digest, isSlow, ...options } = METHODS[header.alg];
  const signed = { key, ...options };
  const signature = isSlow
    ? await signInThread(digest, Buffer.from(input), signed)
    : sign(digest, Buffer.from(input), signed);
  return `${input}.${signature.toString("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
