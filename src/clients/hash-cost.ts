/** Why a hash is refused: it has another form than those that are understood, or it costs too little or too much. */
export type ForeignHashProblem = "FORM" | "COST";

/**
 * Limits of what a verification costs, which is about a second of one thread (ADR 0021 has the figures).
 * PBKDF2 computes each block of its output by all iterations; argon2 passes over its memory, and so does scrypt.
 */
export const COST_LIMITS = {
  bcrypt: { min: 4, max: 13 },
  pbkdf2: {
    minIterations: 1000,
    /** Iterations times blocks. */
    maxRounds: { sha1: 3_000_000, sha256: 3_000_000, sha512: 1_000_000 },
  },
  /** The product is N·r·p. Blocks that no cache holds take several times as long. */
  scrypt: {
    minProduct: 2048,
    maxProduct: 2_097_152,
    memoryKib: 131_072,
    blockSize: 64,
    parallelization: 64,
  },
  argon2: { memoryKib: 131_072, memoryKibTimesPasses: 409_600, lanes: 8 },
} as const;

export type Pbkdf2Digest = keyof typeof COST_LIMITS.pbkdf2.maxRounds;
const DIGEST_BYTES: Readonly<Record<Pbkdf2Digest, number>> = { sha1: 20, sha256: 32, sha512: 64 };

/** @returns null if the cost is acceptable */
export function checkBcryptCost(cost: number): ForeignHashProblem | null {
  const { min, max } = COST_LIMITS.bcrypt;
  return cost >= min && cost <= max ? null : "COST";
}

/** @param bytes length of the output @returns null if the cost is acceptable */
export function checkPbkdf2Cost(
  digest: Pbkdf2Digest,
  iterations: number,
  bytes: number,
): ForeignHashProblem | null {
  const { minIterations, maxRounds } = COST_LIMITS.pbkdf2;
  const rounds = iterations * Math.ceil(bytes / DIGEST_BYTES[digest]);
  return iterations >= minIterations && rounds <= maxRounds[digest] ? null : "COST";
}

/** N, r and p of RFC 7914 section 2. */
export interface ScryptParameters {
  cost: number;
  blockSize: number;
  parallelization: number;
}

/** @returns null if the cost is acceptable */
export function checkScryptCost({
  cost,
  blockSize,
  parallelization,
}: ScryptParameters): ForeignHashProblem | null {
  const { scrypt } = COST_LIMITS;
  const memoryKib = (cost * blockSize) / 8;
  const product = cost * blockSize * parallelization;
  if (blockSize > scrypt.blockSize || parallelization > scrypt.parallelization) return "COST";
  if (memoryKib > scrypt.memoryKib || product > scrypt.maxProduct) return "COST";
  return product >= scrypt.minProduct ? null : "COST";
}

/** @returns null if the cost is acceptable */
export function checkArgon2Cost(
  memory: number,
  passes: number,
  lanes: number,
): ForeignHashProblem | null {
  const { memoryKib, memoryKibTimesPasses, lanes: maxLanes } = COST_LIMITS.argon2;
  const isCheap = memory <= memoryKib && memory * passes <= memoryKibTimesPasses;
  return isCheap && lanes <= maxLanes ? null : "COST";
}
