import { randomBytes, randomUUID } from "node:crypto";

/** Of clients from before generations, and of their tokens, whose `jti` is a UUID of version 4. */
export const ZERO_GENERATION = "000000000000";

const VERSION_8 = /^([0-9a-f]{8})-([0-9a-f]{4})-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Draws what tells the tokens of a client from those that it got before its last revocation, and from those
 * of a deleted client that had the same id (ADR 0023). @returns 12 hexadecimal digits
 */
export function newTokenGeneration(): string {
  return randomBytes(6).toString("hex");
}

/** Draws a `jti` that contains the generation: a UUID of version 8 (RFC 9562 section 5.8). */
export function newTokenId(generation: string): string {
  // The variant and the random bits of version 4 are those of version 8 too.
  const randomPart = randomUUID().slice("xxxxxxxx-xxxx-4".length);
  return `${generation.slice(0, 8)}-${generation.slice(8)}-8${randomPart}`;
}

/** Reads the generation of the client that a token was issued to, from the token's `jti`. */
export function generationOf(jti: string): string {
  const match = VERSION_8.exec(jti);
  return match ? `${match[1]}${match[2]}` : ZERO_GENERATION;
}
