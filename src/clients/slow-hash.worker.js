// @ts-check
// Runs in a worker thread, so that no slow hash blocks the event loop. Plain JavaScript, because Node.js
// loads a worker from a file, in tests too.
import { createHash, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import bcrypt from "bcryptjs";

/**
 * @typedef {{ kind: "strength", secret: string }
 *   | { kind: "hash", secret: string, cost: number }
 *   | { kind: "verify", secret: string, stored: string }} SlowHashTask
 */

const MAX_BCRYPT_BYTES = 72;
/** zxcvbn looks for patterns in the beginning of a secret: its time grows with the length. */
const MAX_JUDGED_LENGTH = 64;

/** @type {import("@zxcvbn-ts/core").ZxcvbnFactory | undefined} */
let zxcvbn;

/**
 * @param {SlowHashTask} task
 * @returns {Promise<number | string | boolean>} guesses as a power of ten; stored form; whether it fits
 */
export default async function run(task) {
  switch (task.kind) {
    case "strength":
      zxcvbn ??= await loadZxcvbn();
      return zxcvbn.check(task.secret.slice(0, MAX_JUDGED_LENGTH)).guessesLog10;
    case "hash":
      return `bcrypt-sha256$${bcrypt.hashSync(digest(task.secret), task.cost)}`;
    case "verify":
      return verify(task.secret, task.stored);
  }
}

/** Loaded when first needed: the dictionary takes longest to load, and verification does without. */
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
    // bcrypt ignores what follows, and would accept any longer secret that begins like this one
    const fits = Buffer.byteLength(secret) <= MAX_BCRYPT_BYTES && !secret.includes("\0");
    return bcrypt.compareSync(fits ? secret : "", stored) && fits;
  }
  if (stored.startsWith("$argon2")) {
    const { argon2Verify } = await import("hash-wasm");
    return argon2Verify({ password: secret, hash: stored });
  }
  if (stored.startsWith("$pbkdf2-")) return verifyPbkdf2(secret, stored);
  return false;
}

/** PHC form (`i=…,l=…`) or passlib's (bare number, `.` for `+`). @param {string} secret @param {string} stored */
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

/** 43 characters whatever the length of the secret. @param {string} secret */
function digest(secret) {
  return createHash("sha256").update(secret).digest("base64url");
}
