import { createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { pemProblem } from "./pem.js";
import { weakKeyProblem } from "./weak-keys.js";

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
  const problem = pemProblem(pem);
  if (problem) throw new PublicKeyError(problem);
  return normalize(() => createPublicKey({ key: pem, format: "pem" }), "PEM", undefined);
}

/** @throws PublicKeyError */
export function parseJwk(jwk: JWK): ParsedPublicKey {
  claimedAlgorithms(jwk);
  const { alg } = jwk;
  return normalize(() => createPublicKey({ key: jwk, format: "jwk" }), "JWK", alg);
}

/**
 * The algorithms that a JWK claims to be for, without the cost of parsing its key.
 * @throws PublicKeyError
 */
export function claimedAlgorithms(jwk: JWK): readonly Algorithm[] {
  assertVerifies(jwk);
  return restrict(algorithmsFor(jwk), jwk);
}

function assertVerifies(jwk: JWK): void {
  assertLength(JSON.stringify(jwk));
  if (jwk.kty === "oct" || PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
    throw new PublicKeyError("Must be a public key, not a private or symmetric key");
  }
  if (Array.isArray((jwk as Record<string, unknown>)["keys"])) {
    throw new PublicKeyError("Must be a single JWK, not a JWK Set: give each of its keys as a JWK");
  }
  // RFC 7518 sections 6.2.1 and 6.3.1: x5c may stand beside the key, not in its place.
  if (jwk.x5c && jwk.n === undefined && jwk.x === undefined) {
    throw new PublicKeyError(
      "Must have the members of the key itself (n and e, or crv and x), not x5c alone",
    );
  }
  // Some serializers write null for what is absent.
  const { use, key_ops: operations } = jwk as Record<string, unknown>;
  const canVerify = (operations ?? null) === null || [operations].flat().includes("verify");
  // SPIFFE's use of keys that sign its JWTs (JWT-SVID section 4.2); x509-svid is for certificates.
  const isForSignatures = (use ?? null) === null || use === "sig" || use === "jwt-svid";
  if (!isForSignatures || !canVerify) {
    throw new PublicKeyError("Must be a key that verifies signatures (use sig, key_ops verify)");
  }
}

/**
 * A key that verifies signatures, and the algorithms that it may be used with.
 * @param jwk of any origin: from the database, a JWK Set or the header of a JWT
 * @throws PublicKeyError
 */
export function toVerificationKey(jwk: object): {
  key: KeyObject;
  algorithms: readonly Algorithm[];
} {
  const { jwk: publicJwk, algorithms } = parseJwk(jwk as JWK);
  return { key: createPublicKey({ key: publicJwk, format: "jwk" }), algorithms };
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
  try {
    jwk = createKey().export({ format: "jwk" }) as JWK;
  } catch {
    throw invalidKey(format);
  }
  const algorithms = algorithmsFor(jwk);
  const problem = weakKeyProblem(jwk);
  if (problem) throw new PublicKeyError(problem);
  return { algorithms: restrict(algorithms, { ...jwk, alg }), jwk };
}

function restrict(
  algorithms: readonly Algorithm[],
  { kty, alg }: { kty?: unknown; alg?: unknown },
) {
  if ((alg ?? null) === null) return algorithms;
  const stated = algorithms.find((algorithm) => algorithm === alg);
  if (!stated) {
    throw new PublicKeyError(
      "The alg of the JWK must be supported, be spelled as RFC 7518 does (RS256, not rs256) and match its key type",
    );
  }
  // Both names mean the same algorithm with Ed25519 (RFC 9864 section 2.2).
  return kty === "OKP" ? algorithms : [stated];
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
