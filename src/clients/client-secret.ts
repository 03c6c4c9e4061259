/**
 * The forms in which a client's secret is stored (ADR 0004):
 * - `sha256$…`: generated here, 256 random bits;
 * - `bcrypt-sha256$…`: imported in clear; bcrypt over a SHA-256, so nothing is cut at 72 bytes;
 * - bcrypt, PBKDF2 or argon2 as another system stored it.
 */

export type ForeignHashProblem = "FORM" | "COST";

/** Secrets of this form are compared with a hash of microseconds; all others go to a worker. */
export function isFastHash(stored: string): boolean {
  return stored.startsWith("sha256$");
}

const BASE64 = "[A-Za-z0-9+/._-]+={0,2}";
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const PBKDF2 = new RegExp(
  `^\\$pbkdf2-sha(?:1|256|512)\\$(?:i=)?(\\d{1,9})(?:,l=(\\d{1,4}))?\\$(${BASE64})\\$(${BASE64})$`,
);
/** PHC strings have plain base64 without padding, and the verifier takes no other. */
const ARGON2 =
  /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** What a stored hash may cost, so that an import cannot slow the server down. */
export const COST_LIMITS = {
  bcrypt: { min: 4, max: 14 },
  pbkdf2Iterations: { min: 1000, max: 1_000_000 },
  argon2: { memoryKib: 65_536, passes: 10, lanes: 8 },
} as const;

/** Checks a hash that somebody wants to import. @returns null when it may be stored */
export function checkForeignHash(hash: string): ForeignHashProblem | null {
  const bcrypt = BCRYPT.exec(hash);
  if (bcrypt) return within(Number(bcrypt[1]), COST_LIMITS.bcrypt);
  const pbkdf2 = PBKDF2.exec(hash);
  if (pbkdf2) {
    const bytes = decodedLength(pbkdf2[4] ?? "");
    if (bytes < 16 || bytes > 128 || (pbkdf2[2] && Number(pbkdf2[2]) !== bytes)) return "FORM";
    return within(Number(pbkdf2[1]), COST_LIMITS.pbkdf2Iterations);
  }
  const argon2 = ARGON2.exec(hash);
  if (argon2) {
    const [memory, passes, lanes] = argon2.slice(1, 4).map(Number) as [number, number, number];
    if (passes < 1 || lanes < 1 || memory < 8 * lanes) return "FORM";
    if (decodedLength(argon2[4] ?? "") < 8 || decodedLength(argon2[5] ?? "") < 12) return "FORM";
    const { memoryKib, passes: maxPasses, lanes: maxLanes } = COST_LIMITS.argon2;
    return memory <= memoryKib && passes <= maxPasses && lanes <= maxLanes ? null : "COST";
  }
  return "FORM";
}

function within(cost: number, limits: { min: number; max: number }): ForeignHashProblem | null {
  return cost >= limits.min && cost <= limits.max ? null : "COST";
}

/** passlib writes `.` for `+` and leaves the padding out. */
function decodedLength(base64: string): number {
  return Buffer.from(base64.replaceAll(".", "+"), "base64").length;
}
