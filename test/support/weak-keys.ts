import {
  checkPrimeSync,
  createHash,
  generateKeyPairSync,
  type JsonWebKey,
  randomBytes,
} from "node:crypto";

/** Public keys that must not be accepted, and signatures that nobody has a private key for. */

export function base64urlOf(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url");
}

export const integerOf = (base64url = "") =>
  BigInt(`0x${Buffer.from(base64url, "base64url").toString("hex")}`);

/** An RSA key whose exponent is replaced. */
export function rsaJwk(modulusLength: number, exponent: bigint): JsonWebKey {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength });
  return { ...publicKey.export({ format: "jwk" }), e: base64urlOf(exponent) };
}

/** An odd number of exactly this length. */
export function oddNumber(bits: number): bigint {
  const random = BigInt(`0x${randomBytes(Math.ceil(bits / 8)).toString("hex")}`);
  return (random % 2n ** BigInt(bits - 1)) | (1n << BigInt(bits - 1)) | 1n;
}

/** DER of a DigestInfo with SHA-256, without the digest (RFC 8017 section 9.2). */
const SHA256_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");

/** A JWT by RS256 for a key with e = 1: the signature is the padded digest itself. */
export function forgeByExponentOne(header: object, claims: object, { n = "" }: JsonWebKey): string {
  const input = signingInput({ alg: "RS256", ...header }, claims);
  const info = Buffer.concat([SHA256_INFO, createHash("sha256").update(input).digest()]);
  const length = Buffer.from(n, "base64url").length;
  const padding = Buffer.alloc(length - info.length - 3, 0xff);
  const padded = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), info]);
  return `${input}.${padded.toString("base64url")}`;
}

/** The identity of Ed25519, as a key. */
export const ED25519_IDENTITY = "01".padEnd(64, "0");

/** Encodings of points whose order divides 8, with those that are not canonical (RFC 8032 section 5.1.3). */
export const SMALL_ORDER_POINTS = [
  ED25519_IDENTITY,
  `${"01".padEnd(62, "0")}80`,
  `${"ec".padEnd(62, "f")}7f`,
  "ec".padEnd(64, "f"),
  "00".padEnd(64, "0"),
  `${"00".padEnd(62, "0")}80`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  `${"ed".padEnd(62, "f")}7f`,
  "ed".padEnd(64, "f"),
  `${"ee".padEnd(62, "f")}7f`,
  "ee".padEnd(64, "f"),
];

/** Points with y of 2 to 18 that are not canonical: y is given plus the prime. */
export const NON_CANONICAL_POINTS = ["ef", "f5", "ff"].map((first) => `${first.padEnd(62, "f")}7f`);

export const ed25519Jwk = (hex: string): JsonWebKey => ({
  kty: "OKP",
  crv: "Ed25519",
  x: Buffer.from(hex, "hex").toString("base64url"),
});

const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/**
 * A JWT that verifies under the identity as key, for any message: S * B = R + h * 0, with S and R from a key pair
 * of our own.
 */
export function forgeByIdentity(header: object, claims: object): string {
  const pair = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const hashed = createHash("sha512")
    .update(Buffer.from(pair.d ?? "", "base64url"))
    .digest();
  const scalar = hashed.subarray(0, 32).reverse();
  const clamped = ((BigInt(`0x${scalar.toString("hex")}`) % 2n ** 254n) | (2n ** 254n)) & ~7n;
  const s = (clamped % ED25519_ORDER).toString(16).padStart(64, "0");
  const signature = Buffer.concat([
    Buffer.from(pair.x ?? "", "base64url"),
    Buffer.from(s, "hex").reverse(),
  ]);
  return `${signingInput({ alg: "EdDSA", ...header }, claims)}.${signature.toString("base64url")}`;
}

/** A modulus as Infineon's generator made it: primes of the form k * M + 65537^a mod M (CVE-2017-15361). */
export function rocaModulus(): bigint {
  const primes: bigint[] = [];
  for (let candidate = 2n; primes.length < 126; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0n)) primes.push(candidate);
  }
  const product = primes.reduce((left, right) => left * right, 1n);
  const prime = () => {
    for (;;) {
      const power = powerModulo(65_537n, oddNumber(200), product);
      // Between 2^1023.5 and 2^1024, so that the product of two has 2048 bits.
      const lowest = (2n ** 1024n * 3n) / 4n;
      const candidate = (lowest / product + oddNumber(50)) * product + power;
      if (candidate < 2n ** 1024n && checkPrimeSync(candidate)) return candidate;
    }
  };
  return prime() * prime();
}

function powerModulo(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function signingInput(header: object, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}`;
}
