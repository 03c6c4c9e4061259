import { COST_LIMITS, type ForeignHashProblem } from "./hash-cost.js";

const { bcrypt, pbkdf2, scrypt, argon2 } = COST_LIMITS;

const UNDERSTOOD =
  "Must be a bcrypt ($2a$, $2b$, $2y$), PBKDF2 ($pbkdf2-sha256$…), scrypt ($scrypt$…) or argon2 ($argon2id$…) hash, " +
  "one of these as Django (pbkdf2_sha256$…, bcrypt_sha256$…, scrypt$…, argon2$…), Werkzeug (scrypt:…, pbkdf2:…), Spring " +
  "({bcrypt}…, {pbkdf2@SpringSecurity_v5_8}…, {scrypt@SpringSecurity_v5_8}…, {argon2}…, {sha256}…) or ASP.NET Core Identity writes it, or a SHA-256 or SHA-512 of the secret in hexadecimal or base64";

const OUT_OF_BOUNDS =
  `The hash's cost is out of bounds: bcrypt ${bcrypt.min} to ${bcrypt.max}; PBKDF2 from ` +
  `${pbkdf2.minIterations} iterations up to ${pbkdf2.maxRounds.sha256} (SHA-512: ` +
  `${pbkdf2.maxRounds.sha512}) times the blocks of its output; scrypt from ` +
  `${scrypt.minProduct} to ${scrypt.maxProduct} as N times r times p, ${scrypt.memoryKib} KiB, r of ` +
  `${scrypt.blockSize} and p of ${scrypt.parallelization}; argon2 up to ${argon2.memoryKib} KiB, ` +
  `${argon2.memoryKibTimesPasses} KiB times passes and ${argon2.lanes} lanes`;

const CLEAR_TEXT = /^(?:\{noop\}|\$plaintext\$)/i;

/** Prefixes by which other systems name a hash. A message repeats no other text, which may be a secret. */
const PREFIXES = [
  ["$2a$", "$2b$", "$2x$", "$2y$", "$argon2i$", "$argon2d$", "$argon2id$", "$pbkdf2$"],
  ["$pbkdf2-sha1$", "$pbkdf2-sha224$", "$pbkdf2-sha256$", "$pbkdf2-sha384$", "$pbkdf2-sha512$"],
  ["$pbkdf2-md5$", "$bcrypt-sha256$", "$scrypt$", "$1$", "$5$", "$6$", "$7$", "$y$", "$apr1$"],
  ["pbkdf2_sha1$", "pbkdf2_sha256$", "pbkdf2_sha512$", "pbkdf2:", "argon2$", "bcrypt$"],
  ["bcrypt_sha256$", "scrypt$", "scrypt:", "md5$", "sha1$", "sha256$", "unsalted_md5$"],
  ["bcrypt-sha256$", "{bcrypt}", "{pbkdf2}", "{pbkdf2@SpringSecurity_v5_8}", "{argon2}"],
  ["{argon2@SpringSecurity_v5_8}", "{scrypt}", "{scrypt@SpringSecurity_v5_8}", "{ldap}", "{MD4}"],
  ["{MD5}", "{SMD5}", "{SHA}", "{SHA-1}", "{SSHA}", "{SHA256}", "{SSHA256}", "{SHA512}"],
  ["{SSHA512}", "{SHA-256}", "{CRYPT}", "{PBKDF2-SHA256}"],
].flat();

/** Says what a hash must be, and which prefix it has; repeats nothing else of it. */
export function foreignHashMessage(hash: string, problem: ForeignHashProblem): string {
  if (problem === "COST") return OUT_OF_BOUNDS;
  if (CLEAR_TEXT.test(hash)) {
    return "This is a secret in clear text: give what follows the prefix as clientSecret";
  }
  const start = hash.slice(0, 40).toLowerCase();
  const prefix = PREFIXES.find((known) => start.startsWith(known.toLowerCase()));
  return prefix
    ? `${UNDERSTOOD}; this one begins with ${prefix}, but has another form or algorithm`
    : UNDERSTOOD;
}
