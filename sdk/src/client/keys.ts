import { type CryptoKey, importJWK, importPKCS8, type JWK } from "jose";

/** The algorithms of a PEM, by trial: each one imports keys of its own kind only. */
const PEM_ALGORITHMS = ["RS256", "ES256", "ES384", "ES512", "EdDSA"];
const ALGORITHMS: Readonly<Record<string, string>> = {
  RSA: "RS256",
  "P-256": "ES256",
  "P-384": "ES384",
  "P-521": "ES512",
  Ed25519: "EdDSA",
};

/** PEM (PKCS#8), JWK or CryptoKey. */
export type KeyMaterial = string | JWK | CryptoKey;

export function isJwk(key: KeyMaterial): key is JWK {
  return typeof key === "object" && "kty" in key;
}

/** The algorithm (RFC 7518) that a key is for. */
export function algorithmOf({ algorithm }: CryptoKey): string {
  const { name, namedCurve, hash } = algorithm as {
    name: string;
    namedCurve?: string;
    hash?: { name: string };
  };
  if (!hash) return ALGORITHMS[namedCurve ?? name] ?? name;
  return (name === "RSA-PSS" ? "PS" : "RS") + hash.name.slice(4);
}

/** @throws TypeError for what is no private key */
export async function importPrivateKey(key: KeyMaterial, algorithm?: string): Promise<CryptoKey> {
  if (typeof key === "string") return importPem(key, algorithm ? [algorithm] : PEM_ALGORITHMS);
  if (!isJwk(key)) return key;
  const known = algorithm ?? key.alg ?? ALGORITHMS[key.crv ?? key.kty ?? ""];
  return (await importJWK(key, known)) as CryptoKey;
}

async function importPem(pem: string, algorithms: readonly string[]): Promise<CryptoKey> {
  for (const algorithm of algorithms) {
    const key = await importPKCS8(pem, algorithm).catch(() => undefined);
    if (key) return key;
  }
  throw new TypeError("privateKey must be a private key: a PEM of PKCS#8, a JWK or a CryptoKey");
}
