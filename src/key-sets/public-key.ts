import { createPublicKey, type JsonWebKey } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";

export interface PublicKey {
  /** RFC 7638 thumbprint. */
  publicKeyId: string;
  algorithms: readonly Algorithm[];
  /** Only the members that make the key (RFC 7638 section 3.2). */
  jwk: JWK;
}

const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const;
const ED25519 = ["EdDSA", "Ed25519"] as const;

/** Asymmetric only, whatever a header says (RFC 8725 section 3.1). */
export const ALGORITHMS = [...RSA, "ES256", "ES384", "ES512", ...ED25519] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** RFC 7518 section 3.3 asks for 2048; the bound above keeps a verification cheap. */
const RSA_BITS = { min: 2048, max: 8192 };
const MIN_RSA_EXPONENT = 3n;
const MAX_TEXT_LENGTH = 16_384;
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

export class PublicKeyError extends Error {
  override readonly name = "PublicKeyError";
}

/**
 * Reads a public key as PEM (also a certificate's) or as JWK.
 * @throws PublicKeyError with a sentence for the person who gave it
 */
export function parsePublicKey(text: string): Omit<PublicKey, "publicKeyId"> {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new PublicKeyError(`Must have at most ${MAX_TEXT_LENGTH} characters`);
  }
  const given = text.trim();
  return given.startsWith("{") ? fromJwk(given) : fromPem(given);
}

export async function withThumbprint(key: Omit<PublicKey, "publicKeyId">): Promise<PublicKey> {
  return { publicKeyId: await calculateJwkThumbprint(key.jwk), ...key };
}

export async function withThumbprints(
  keys: readonly Omit<PublicKey, "publicKeyId">[] | null | undefined,
): Promise<PublicKey[] | null> {
  return keys ? Promise.all(keys.map(withThumbprint)) : null;
}

function fromPem(pem: string) {
  if (/PRIVATE KEY/.test(pem)) throw new PublicKeyError("Must be a public key, not a private one");
  if (pem.split("-----BEGIN ").length !== 2) throw invalidKey();
  return normalize(() => createPublicKey({ key: pem, format: "pem" }), undefined);
}

function fromJwk(json: string) {
  let jwk: JsonWebKey;
  try {
    jwk = JSON.parse(json) as JsonWebKey;
  } catch {
    throw invalidKey();
  }
  if (jwk.kty === "oct" || PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
    throw new PublicKeyError("Must be a public key, not a private or symmetric one");
  }
  const { use, key_ops: operations, alg } = jwk;
  const verifies = operations === undefined || [operations].flat().includes("verify");
  if ((use !== undefined && use !== "sig") || !verifies) {
    throw new PublicKeyError("Must be a key for signatures");
  }
  return normalize(() => createPublicKey({ key: jwk, format: "jwk" }), alg);
}

function normalize(read: () => ReturnType<typeof createPublicKey>, alg: unknown) {
  let jwk: JWK;
  let details: { modulusLength?: number; publicExponent?: bigint };
  try {
    const key = read();
    jwk = key.export({ format: "jwk" }) as JWK;
    details = key.asymmetricKeyDetails ?? {};
  } catch {
    throw invalidKey();
  }
  const algorithms = algorithmsFor(jwk);
  if (jwk.kty === "RSA") {
    const { modulusLength = 0, publicExponent = 0n } = details;
    if (modulusLength < RSA_BITS.min || modulusLength > RSA_BITS.max) {
      throw new PublicKeyError(`An RSA key must have ${RSA_BITS.min} to ${RSA_BITS.max} bits`);
    }
    if (publicExponent < MIN_RSA_EXPONENT) {
      throw new PublicKeyError(`An RSA key must have an exponent of at least ${MIN_RSA_EXPONENT}`);
    }
  }
  if (alg === undefined) return { algorithms, jwk };
  const stated = algorithms.find((one) => one === alg);
  if (!stated) throw new PublicKeyError("Its alg does not fit the key, or is not accepted");
  // Both names mean the same with this curve (RFC 9864 section 2.2).
  return { algorithms: jwk.kty === "OKP" ? algorithms : [stated], jwk };
}

function algorithmsFor({ kty, crv }: JWK): readonly Algorithm[] {
  if (kty === "RSA") return RSA;
  if (crv === "P-256") return ["ES256"];
  if (crv === "P-384") return ["ES384"];
  if (crv === "P-521") return ["ES512"];
  if (crv === "Ed25519") return ED25519;
  throw new PublicKeyError("Must be an RSA, P-256, P-384, P-521 or Ed25519 key");
}

function invalidKey() {
  return new PublicKeyError("Must be one public key as PEM or JWK");
}
