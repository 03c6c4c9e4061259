import { randomBytes } from "node:crypto";

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
  const bytes = randomBytes(16);
  bytes.write(generation, "hex");
  bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Reads the generation of the client that a token was issued to, from the token's `jti`. */
export function generationOf(jti: string): string {
  const match = VERSION_8.exec(jti);
  return match ? `${match[1]}${match[2]}` : ZERO_GENERATION;
}
