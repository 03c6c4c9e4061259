import { serializeError } from "./serialize-error.js";

const MAX_LENGTH = 256;
const MAX_STACK_LENGTH = 8192;
/** Log fields nest no deeper: an error, its cause, and the cause of that. */
const MAX_DEPTH = 4;

/**
 * Secrets of this server and JWTs, which callers put where they do not belong: into an alias, a name, a path. Anything
 * may be in front of them.
 */
const SECRET = /(csk|cmk|cst|crt)_[0-9A-Za-z]{6,}/g;
/** Looks ahead for the dots, so that a long text without them is read only once. */
const JWT = /(?<![\w-])(?=[\w-]+\.[\w-]+\.)([\w-]*?eyJ)[\w-]*\.[\w-]+\.[\w-]*/g;
/** Printable ASCII without the underscore that every secret has. */
const PLAIN = /^[ -^`-~]*$/;
/** Control and bidirectional characters, which change what a terminal shows. Stacks have several lines. */
const INVISIBLE = /[^\P{C}\n]|[\u2028\u2029]/gu;

/**
 * Cleans the fields of a log line, some of which a caller chooses: masks secrets, shortens texts and removes
 * invisible characters. Every line goes through it.
 */
export function cleanLogFields(fields: object): Record<string, unknown> {
  return cleanMembers(fields, MAX_DEPTH);
}

function cleanMembers(fields: object, depth: number): Record<string, unknown> {
  const cleaned: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) cleaned[name] = clean(name, value, depth);
  return cleaned;
}

function clean(name: string, value: unknown, depth: number): unknown {
  if (typeof value === "string") {
    return cleanText(value, name === "stack" ? MAX_STACK_LENGTH : MAX_LENGTH);
  }
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  if (value instanceof Error) return cleanMembers(serializeError(value), depth - 1);
  return depth === 0 ? "…" : cleanMembers(value, depth - 1);
}

function cleanText(text: string, maxLength: number): string {
  // Most texts are: the expressions below take longer.
  if (text.length <= maxLength && PLAIN.test(text) && !text.includes("eyJ")) return text;
  // Masks first: what a secret is cut to would no longer look like one.
  const start = text
    .slice(0, 2 * maxLength)
    .replace(SECRET, "$1_…")
    .replace(JWT, "$1_…");
  const short = start.length > maxLength ? `${start.slice(0, maxLength)}…` : start;
  return short.replace(INVISIBLE, "?");
}
