import { hash, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import { BASE62, randomBase62 } from "./ids.js";

/**
 * The kinds of secrets that this server generates. A secret is `prefix_`, 43 base62 characters (256 bits) and
 * 6 characters of CRC-32, which lets secret scanners and the server detect typos without the database.
 */
export type SecretPrefix = "csk" | "cmk" | "cst" | "crt";

const RANDOM_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const FORMAT = new RegExp(`^(?:csk|cmk|cst|crt)_[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);

export function generateSecret(prefix: SecretPrefix): string {
  const body = `${prefix}_${randomBase62(RANDOM_LENGTH)}`;
  return body + checksum(body);
}

/** Checks form and checksum of a secret, not whether it exists. */
export function isGeneratedSecret(prefix: SecretPrefix, secret: string): boolean {
  if (!secret.startsWith(`${prefix}_`) || !FORMAT.test(secret)) return false;
  const body = secret.slice(0, -CHECKSUM_LENGTH);
  return checksum(body) === secret.slice(-CHECKSUM_LENGTH);
}

/** SHA-256 is enough for 256 random bits (NIST SP 800-63B section 5.1.2.2, ADR 0004). */
export function hashSecret(secret: string): string {
  return `sha256$${hash("sha256", secret, "base64url")}`;
}

export function isSameHash(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

export function lastFour(secret: string): string {
  return secret.slice(-4);
}

function checksum(text: string): string {
  let remainder = crc32(text);
  let encoded = "";
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit++) {
    encoded = BASE62.charAt(remainder % 62) + encoded;
    remainder = Math.floor(remainder / 62);
  }
  return encoded;
}
