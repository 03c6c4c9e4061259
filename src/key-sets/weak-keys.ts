import type { JWK } from "jose";

/** RFC 7518 section 3.3 requires at least 2048; the maximum keeps verification cheap. */
const RSA_BITS = { min: 2048, max: 8192 };
/** A larger exponent makes each verification slower. e = 1 makes every message its own signature. */
const RSA_EXPONENT = { min: 3n, max: 2n ** 64n - 1n };

/** NIST SP 800-89 section 5.3.3: a modulus must have no factor below 752. */
const ODD_PRIMES = oddPrimesBelow(752);

/**
 * The generator of ROCA makes primes `k * M + 65537^a mod M`, where M is the product of the first 126 primes for
 * a key of 2048 bits, and of more for a longer one (Nemec et al. 2017, section 2.1).
 */
const ROCA_PRIMES = ODD_PRIMES.slice(0, 125);

const ED25519_PRIME = 2n ** 255n - 19n;
/** The y coordinate of two of the four points of order 8; that of the others is its negative. */
const ED25519_ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** The y coordinates of the eight points whose order divides 8, such as the identity (0, 1). */
const ED25519_SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  ED25519_PRIME - 1n,
  ED25519_ORDER_8,
  ED25519_PRIME - ED25519_ORDER_8,
]);

/**
 * Finds out whether a key is known to be forgeable, or too costly to verify with.
 * @param jwk a public key that OpenSSL has parsed, so an EC point is on its curve
 * @returns the problem, or null
 */
export function weakKeyProblem({ kty, n = "", e = "", x = "" }: JWK): string | null {
  if (kty === "RSA") return rsaProblem(n, e);
  return kty === "OKP" ? ed25519Problem(Buffer.from(x, "base64url")) : null;
}

function rsaProblem(n: string, e: string): string | null {
  const modulus = toInteger(Buffer.from(n, "base64url"));
  const bits = modulus.toString(2).length;
  if (bits < RSA_BITS.min || bits > RSA_BITS.max) {
    return `An RSA key must have ${RSA_BITS.min} to ${RSA_BITS.max} bits`;
  }
  const exponent = toInteger(Buffer.from(e, "base64url"));
  if (exponent < RSA_EXPONENT.min || exponent > RSA_EXPONENT.max || exponent % 2n === 0n) {
    return `An RSA key must have an odd exponent from ${RSA_EXPONENT.min} to 2^64`;
  }
  if (modulus % 2n === 0n || ODD_PRIMES.some((prime) => modulus % BigInt(prime) === 0n)) {
    return "An RSA key must have a modulus without small factors";
  }
  if (hasRocaFingerprint(modulus)) {
    return "An RSA key must not come from a generator with the ROCA vulnerability (CVE-2017-15361)";
  }
  return null;
}

/** Nemec et al. 2017, section 2.2: the modulus is a power of 65537 too, modulo every factor of M. */
function hasRocaFingerprint(modulus: bigint): boolean {
  return ROCA_PRIMES.every((prime) => powersOf65537(prime).has(Number(modulus % BigInt(prime))));
}

/** RFC 8032 section 5.1.2: y in little-endian order, with the sign of x in the highest bit. */
function ed25519Problem(encoded: Buffer): string | null {
  const y = toInteger(encoded.toReversed()) & (2n ** 255n - 1n);
  return y >= ED25519_PRIME || ED25519_SMALL_ORDER.has(y)
    ? "An Ed25519 key must be a canonical point that is not of small order"
    : null;
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
}

function oddPrimesBelow(limit: number): number[] {
  const primes: number[] = [];
  for (let candidate = 3; candidate < limit; candidate += 2) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

/** The subgroup that 65537 generates modulo a prime. */
function powersOf65537(prime: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power);
  return powers;
}
