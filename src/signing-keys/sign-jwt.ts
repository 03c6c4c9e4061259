import { constants, type KeyObject, type SignKeyObjectInput, sign } from "node:crypto";
import { promisify } from "node:util";
import type { JWTPayload } from "jose";
import type { SigningAlgorithm } from "../projects/project.entity.js";

/** In libuv's threads: the event loop goes on meanwhile. */
const signBytes = promisify(sign);

/** RFC 7518 section 3 and RFC 8037 section 3.1. */
const METHODS: Record<
  SigningAlgorithm,
  { digest: string | null } & Omit<SignKeyObjectInput, "key">
> = {
  RS256: { digest: "sha256" },
  PS256: { digest: "sha256", padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  ES256: { digest: "sha256", dsaEncoding: "ieee-p1363" },
  EdDSA: { digest: null },
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
  const { digest, ...options } = METHODS[header.alg];
  const signature = await signBytes(digest, Buffer.from(input), { key, ...options });
  return `${input}.${signature.toString("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
