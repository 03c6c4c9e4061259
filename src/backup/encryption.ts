import {
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  type DecipherGCM,
  randomBytes,
  scryptSync,
} from "node:crypto";
import { z } from "zod";

const ALGORITHM = "aes-256-gcm";
/** OWASP's first choice for scrypt: 128 MiB. */
const COST = { N: 2 ** 17, r: 8, p: 1 };
export const TAG_BYTES = 16;

/** How the key is made from a passphrase. It stands in the first line of the file, in clear. */
export const encryptionRules = z.strictObject({
  algorithm: z.literal(ALGORITHM),
  kdf: z.literal("scrypt"),
  ...{ N: z.literal(COST.N), r: z.literal(COST.r), p: z.literal(COST.p) },
  salt: z.base64url(),
  iv: z.base64url(),
});
export type Encryption = z.output<typeof encryptionRules>;

export function newEncryption(): Encryption {
  const random = (bytes: number) => randomBytes(bytes).toString("base64url");
  return { algorithm: ALGORITHM, kdf: "scrypt", ...COST, salt: random(16), iv: random(12) };
}

/** @param associated is authenticated too: the line in clear */
export function cipherOf(
  encryption: Encryption,
  passphrase: string,
  associated: string,
): CipherGCM {
  const cipher = createCipheriv(ALGORITHM, ...keyAndIv(encryption, passphrase));
  return cipher.setAAD(Buffer.from(associated));
}

/** Its stream fails at the end if the passphrase is wrong or anything was changed. */
export function decipherOf(
  encryption: Encryption,
  passphrase: string,
  associated: string,
  tag: Uint8Array,
): DecipherGCM {
  const decipher = createDecipheriv(ALGORITHM, ...keyAndIv(encryption, passphrase));
  return decipher.setAAD(Buffer.from(associated)).setAuthTag(tag);
}

function keyAndIv({ salt, iv, N, r, p }: Encryption, passphrase: string): [Buffer, Buffer] {
  const options = { N, r, p, maxmem: 256 * N * r };
  const key = scryptSync(passphrase, Buffer.from(salt, "base64url"), 32, options);
  return [key, Buffer.from(iv, "base64url")];
}
