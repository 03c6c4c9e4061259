// @ts-check
// Runs in a worker thread, so that no slow hash holds up the event loop. Plain JavaScript, because
// a worker starts from a file of its own, in tests too.
import { createHash, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { getPriority, setPriority } from "node:os";
import { workerData } from "node:worker_threads";

/**
 * @typedef {{ kind: "strength", secret: string }
 *   | { kind: "hash", secret: string, cost: number }
 *   | { kind: "verify", secret: string, stored: string }} SlowHashTask
 */

// setpriority(2): on Linux niceness belongs to a thread. Whoever waits for a slow hash waits a little
// longer where there is one core; tokens do not. It cannot be raised again.
if (process.platform === "linux") setPriority(Math.max(getPriority(), workerData.niceness));

// Only then: what is imported above is loaded first, at the priority of tokens, which would wait for half a
// second of it whenever a thread starts.
const { default: bcrypt } = await import("bcryptjs");

/** For so long it hashes before it sleeps for as little as a timer can, some 0.06 ms. */
const TURN_MS = 0.4;
const REST_MS = 0.01;

if (process.platform === "linux") restBetweenRounds();

const MAX_BCRYPT_BYTES = 72;
/** Patterns are looked for in this much; what is longer is judged by its beginning. */
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

/**
 * Linux (EEVDF) lets a thread that runs end its slice of milliseconds before one that wakes up, whatever their
 * priorities: so this one sleeps, again and again. bcryptjs asks for the time after each of its rounds; that is
 * where.
 */
function restBetweenRounds() {
  const { now } = Date;
  const never = new Int32Array(new SharedArrayBuffer(4));
  let turnEndsAt = 0;
  Date.now = () => {
    if (performance.now() > turnEndsAt) {
      Atomics.wait(never, 0, 0, REST_MS);
      turnEndsAt = performance.now() + TURN_MS;
    }
    return now();
  };
}

/** Its dictionary is most of what there is to load, and verifiers do without. */
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
    // bcrypt would ignore what follows, and take any longer secret for this one
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
