import { createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";

export interface PublicKey {
  /** RFC 7638 thumbprint. */
  publicKeyId: string;
  algorithms: readonly Algorithm[];
  /** Only the members of the public key itself (RFC 7638 section 3.2). */
  jwk: JWK;
}

const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const;
const ED25519 = ["EdDSA", "Ed25519"] as const;

/** Only asymmetric algorithms, whatever the header of a JWT names (RFC 8725 section 3.1). */
export const ALGORITHMS = [...RSA, "ES256", "ES384", "ES512", ...ED25519] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** RFC 7518 section 3.3 requires at least 2048; the maximum keeps verification cheap. */
const RSA_BITS = { min: 2048, max: 8192 };
const MIN_RSA_EXPONENT = 3n;
const MAX_TEXT_LENGTH = 16_384;
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** A text is not an acceptable public key; the message is for the caller. */
export class PublicKeyError extends Error {
  override readonly name = "PublicKeyError";
}

/** A key whose thumbprint is not computed yet. */
export type ParsedPublicKey = Omit<PublicKey, "publicKeyId">;

/** Parses a public key in PEM format, which may be a certificate. @throws PublicKeyError */
export function parsePem(text: string): ParsedPublicKey {
  assertLength(text);
  const pem = text.trim();
  if (/PRIVATE KEY/.test(pem)) throw new PublicKeyError("Must be a public key, not a private key");
  if (pem.split("-----BEGIN ").length !== 2) throw invalidKey("PEM");
  return normalize(() => createPublicKey({ key: pem, format: "pem" }), "PEM", undefined);
}

/** @throws PublicKeyError */
export function parseJwk(jwk: JWK): ParsedPublicKey {
  assertLength(JSON.stringify(jwk));
  if (jwk.kty === "oct" || PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
    throw new PublicKeyError("Must be a public key, not a private or symmetric key");
  }
  const { use, key_ops: operations, alg } = jwk;
  const canVerify = operations === undefined || [operations].flat().includes("verify");
  if ((use !== undefined && use !== "sig") || !canVerify) {
    throw new PublicKeyError("Must be a key that verifies signatures (use sig, key_ops verify)");
  }
  return normalize(() => createPublicKey({ key: jwk, format: "jwk" }), "JWK", alg);
}

export async function withThumbprint(key: ParsedPublicKey): Promise<PublicKey> {
  return { publicKeyId: await calculateJwkThumbprint(key.jwk), ...key };
}

/** @param keys the validated input: exactly one of the fields is given */
export async function toKeySource(keys: {
  jwksUrl?: string | undefined;
  publicKeys?: readonly ParsedPublicKey[] | undefined;
}): Promise<{ jwksUrl: string | null; publicKeys: PublicKey[] }> {
  const publicKeys = await Promise.all((keys.publicKeys ?? []).map(withThumbprint));
  return { jwksUrl: keys.jwksUrl ?? null, publicKeys };
}

function assertLength(text: string): void {
  if (text.length <= MAX_TEXT_LENGTH) return;
  throw new PublicKeyError(`Must have at most ${MAX_TEXT_LENGTH} characters`);
}

function normalize(createKey: () => KeyObject, format: "PEM" | "JWK", alg: unknown) {
  let jwk: JWK;
  let details: { modulusLength?: number; publicExponent?: bigint };
  try {
    const key = createKey();
    jwk = key.export({ format: "jwk" }) as JWK;
    details = key.asymmetricKeyDetails ?? {};
  } catch {
    throw invalidKey(format);
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
  const stated = algorithms.find((algorithm) => algorithm === alg);
  if (!stated)
    throw new PublicKeyError("The alg of the JWK must be supported and match its key type");
  // Both names mean the same algorithm with Ed25519 (RFC 9864 section 2.2).
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

function invalidKey(format: "PEM" | "JWK") {
  return new PublicKeyError(`Must be a single public key as ${format}`);
}
