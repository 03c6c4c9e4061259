import { constants, type KeyObject, type SignKeyObjectInput, sign } from "node:crypto";
import { promisify } from "node:util";
import type { JWTPayload } from "jose";
import { LRUCache } from "lru-cache";
import type { SigningAlgorithm } from "../projects/project.entity.js";

const signInThread = promisify(sign);

interface Method {
  digest: string | null;
  options?: Omit<SignKeyObjectInput, "key">;
  /** RSA takes a quarter of a millisecond, in which the event loop goes on with others. */
  isSlow: boolean;
}

/** RFC 7518 section 3 and RFC 8037 section 3.1. */
const METHODS: Record<SigningAlgorithm, Method> = {
  RS256: { isSlow: true, digest: "sha256" },
  PS256: {
    isSlow: true,
    digest: "sha256",
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  },
  // To hand these to a thread would take longer than to make them.
  ES256: { isSlow: false, digest: "sha256", options: { dsaEncoding: "ieee-p1363" } },
  EdDSA: { isSlow: false, digest: null },
};

export interface JwtHeader {
  alg: SigningAlgorithm;
  typ: string;
  kid: string;
}

/** By key and kind of token, as they are the same in all that a key signs. */
const encodedHeaders = new LRUCache<string, string>({ max: 1000 });

/**
 * JWS in compact serialization (RFC 7515 section 7.1). Not by jose, which has WebCrypto only: that
 * costs a tenth more for each token, most of what is not the signature itself (ADR 0010).
 */
export async function signJwt(
  header: JwtHeader,
  claims: JWTPayload,
  key: KeyObject,
): Promise<string> {
  const input = `${encodedHeader(header)}.${encode(claims)}`;
  const { digest, isSlow, options } = METHODS[header.alg];
  // The bare key where it will do: Node.js 24 takes 25 us to look into an object around it.
  const signer = options ? { key, ...options } : key;
  const signature = isSlow
    ? await signInThread(digest, Buffer.from(input), signer)
    : sign(digest, Buffer.from(input), signer);
  return `${input}.${signature.toString("base64url")}`;
}

function encodedHeader(header: JwtHeader): string {
  const name = `${header.kid} ${header.alg} ${header.typ}`;
  const known = encodedHeaders.get(name);
  if (known !== undefined) return known;
  const encoded = encode(header);
  encodedHeaders.set(name, encoded);
  return encoded;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
