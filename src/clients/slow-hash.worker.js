// @ts-check
// Computes slow hashes in a worker thread, so that they do not block the event loop. This file is plain
// JavaScript, because Node.js loads it as it is, without the compiler of the tests.
import { createHash, pbkdf2Sync, scryptSync, timingSafeEqual } from "node:crypto";
import bcrypt from "bcryptjs";

/**
 * @typedef {{ kind: "strength", secret: string }
 *   | { kind: "hash", secret: string, cost: number }
 *   | { kind: "wrap", prefix: string, digest: string, cost: number }
 *   | { kind: "verify", secret: string, stored: string }} SlowHashTask
 */

const MAX_BCRYPT_BYTES = 72;
/** zxcvbn rates only the first characters of a secret, because its time grows with the length. */
const MAX_RATED_LENGTH = 64;

/** @type {import("@zxcvbn-ts/core").ZxcvbnFactory | undefined} */
let zxcvbn;

/**
 * @param {SlowHashTask} task
 * @returns {Promise<number | string | boolean>} log10 of the needed guesses; stored form; whether it matches
 */
export default async function run(task) {
  switch (task.kind) {
    case "strength":
      zxcvbn ??= await loadZxcvbn();
      return zxcvbn.check(task.secret.slice(0, MAX_RATED_LENGTH)).guessesLog10;
    case "hash":
      return `bcrypt-sha256$${bcrypt.hashSync(base64url(sha256(task.secret)), task.cost)}`;
    case "wrap":
      return `${task.prefix}$${bcrypt.hashSync(shortened(task.digest), task.cost)}`;
    case "verify":
      return verify(task.secret, task.stored);
  }
}

/** Loads zxcvbn at its first use: its dictionary loads slowly, and verification does not need it. */
async function loadZxcvbn() {
  const { ZxcvbnFactory } = await import("@zxcvbn-ts/core");
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new ZxcvbnFactory({ dictionary });
}

/**
 * What bcrypt is computed over, by the prefix of the stored form. The salt is that of the digest.
 * @type {Record<string, (secret: string, salt: Buffer) => string>}
 */
const PREHASHES = {
  "bcrypt-sha256": (secret) => base64url(sha256(secret)),
  "bcrypt-sha512": (secret) => shortened(base64url(createHash("sha512").update(secret).digest())),
  "bcrypt-hex-sha256": (secret) => sha256(secret).toString("hex"),
  "bcrypt-spring-sha256": (secret, salt) => {
    let digest = sha256(Buffer.concat([salt, Buffer.from(secret)]));
    for (let round = 1; round < 1024; round++) digest = sha256(digest);
    return base64url(digest);
  },
  "bcrypt-suffixed-sha256": (secret, salt) =>
    base64url(sha256(Buffer.concat([Buffer.from(secret), salt]))),
};
const PREHASHED = /^(bcrypt-[\w-]+)(?::([\w-]*))?\$(\$2.+)$/;

/** @param {string} secret @param {string} stored */
async function verify(secret, stored) {
  const [, prefix = "", salt = "", hash = ""] = PREHASHED.exec(stored) ?? [];
  const prehash = PREHASHES[prefix];
  if (prehash) return bcrypt.compareSync(prehash(secret, Buffer.from(salt, "base64url")), hash);
  if (stored.startsWith("$2")) {
    // bcrypt ignores what follows 72 bytes or a NUL, so it would accept other secrets with the same start.
    const isComparable = Buffer.byteLength(secret) <= MAX_BCRYPT_BYTES && !secret.includes("\0");
    return bcrypt.compareSync(isComparable ? secret : "", stored) && isComparable;
  }
  if (stored.startsWith("$argon2")) {
    const { argon2Verify } = await import("hash-wasm");
    return argon2Verify({ password: secret, hash: stored });
  }
  if (stored.startsWith("$scrypt$")) return verifyScrypt(secret, stored);
  if (stored.startsWith("$pbkdf2-")) return verifyPbkdf2(secret, stored);
  return false;
}

/**
 * Takes PHC format (`i=…,l=…`) or passlib's (bare number, `.` for `+`), in which older rows are stored.
 * @param {string} secret
 * @param {string} stored
 */
function verifyPbkdf2(secret, stored) {
  const [, name = "", parameters = "", salt = "", hash = ""] = stored.split("$");
  const iterations = Number(/^(?:i=)?(\d+)/.exec(parameters)?.[1]);
  const expected = decode(hash);
  const algorithm = name.slice("pbkdf2-".length);
  const actual = pbkdf2Sync(secret, decode(salt), iterations, expected.length, algorithm);
  return timingSafeEqual(actual, expected);
}

/**
 * @param {string} secret
 * @param {string} stored in PHC format
 */
function verifyScrypt(secret, stored) {
  const [, , parameters = "", salt = "", hash = ""] = stored.split("$");
  const [ln = 0, r = 0, p = 0] = parameters.split(",").map((part) => Number(part.split("=")[1]));
  const expected = decode(hash);
  const maxmem = 128 * r * (2 ** ln + p + 2);
  const actual = scryptSync(secret, decode(salt), expected.length, { N: 2 ** ln, r, p, maxmem });
  return timingSafeEqual(actual, expected);
}

/** @param {string} base64 */
function decode(base64) {
  return Buffer.from(base64.replaceAll(".", "+"), "base64");
}

/** A digest within bcrypt's 72 bytes: a SHA-512 is hashed again. @param {string} digest in base64url */
function shortened(digest) {
  return digest.length <= MAX_BCRYPT_BYTES ? digest : base64url(sha256(digest));
}

/** @param {string | Buffer} input */
function sha256(input) {
  return createHash("sha256").update(input).digest();
}

/** @param {Buffer} bytes */
function base64url(bytes) {
  return bytes.toString("base64url");
}
