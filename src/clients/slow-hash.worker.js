// @ts-check
// Computes slow hashes in a worker thread, so that they do not block the event loop. This file is plain
// JavaScript, because Node.js loads it as it is, without the compiler of the tests.
import { createHash, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import bcrypt from "bcryptjs";

/**
 * @typedef {{ kind: "strength", secret: string }
 *   | { kind: "hash", secret: string, cost: number }
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
      return `bcrypt-sha256$${bcrypt.hashSync(digest(task.secret), task.cost)}`;
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

/** @param {string} secret @param {string} stored */
async function verify(secret, stored) {
  if (stored.startsWith("bcrypt-sha256$")) {
    return bcrypt.compareSync(digest(secret), stored.slice("bcrypt-sha256$".length));
  }
  if (stored.startsWith("$2")) {
    // bcrypt ignores what follows 72 bytes or a NUL, so it would accept other secrets with the same start.
    const isComparable = Buffer.byteLength(secret) <= MAX_BCRYPT_BYTES && !secret.includes("\0");
    return bcrypt.compareSync(isComparable ? secret : "", stored) && isComparable;
  }
  if (stored.startsWith("$argon2")) {
    const { argon2Verify } = await import("hash-wasm");
    return argon2Verify({ password: secret, hash: stored });
  }
  if (stored.startsWith("$pbkdf2-")) return verifyPbkdf2(secret, stored);
  return false;
}

/**
 * Takes PHC format (`i=…,l=…`) or passlib's (bare number, `.` for `+`).
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

/** @param {string} base64 */
function decode(base64) {
  return Buffer.from(base64.replaceAll(".", "+"), "base64");
}

/** Returns 43 characters for a secret of any length. @param {string} secret */
function digest(secret) {
  return createHash("sha256").update(secret).digest("base64url");
}
