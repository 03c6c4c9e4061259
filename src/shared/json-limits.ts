import { numberProblem } from "./exact-numbers.js";
import { measureJson } from "./json-text.js";
import { isWellFormedText, NOT_WELL_FORMED } from "./well-formed-text.js";

/** Levels of nesting of a JSON value that is stored or signed. Code that recurses deeper exhausts its stack. */
export const MAX_JSON_DEPTH = 32;
/** Levels of nesting of a request, in which such values are. */
const MAX_TEXT_DEPTH = 2 * MAX_JSON_DEPTH;
/** Members and items of a request. Many small ones take the longest to parse. */
const MAX_TEXT_VALUES = 20_000;

/**
 * Says what makes the JSON text of a request too costly, before it is parsed.
 * @returns `problem`: a sentence for its sender; null if it can be parsed
 */
export function measureRequest(text: string): { problem: string | null; members: number } {
  const limits = { depth: MAX_TEXT_DEPTH, values: MAX_TEXT_VALUES };
  const { exceeded, members } = measureJson(text, limits);
  return { problem: exceeded && TEXT_PROBLEMS[exceeded], members };
}

const TEXT_PROBLEMS = {
  depth: `JSON must not nest deeper than ${MAX_TEXT_DEPTH} levels`,
  values: `JSON must have at most ${MAX_TEXT_VALUES} values`,
} as const;

export interface JsonProblem {
  /** A sentence for the sender of the value. */
  message: string;
  /** Where the problem is in the value. */
  path: (string | number)[];
}

/** Says why a value is not stored: it nests too deeply, or would come back as another one; null: it can be. */
export function jsonValueProblem(value: unknown): JsonProblem | null {
  if (isDeeperThan(value, MAX_JSON_DEPTH)) return { message: TOO_DEEP, path: [] };
  return findProblem(value, (item) => numberProblemOf(item) ?? textProblemOf(item));
}

export const TOO_DEEP = `Must not nest deeper than ${MAX_JSON_DEPTH} levels`;

/** Stops at the limit, because deeper values would exhaust the stack. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== "object") return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1));
}

/** The first number that would come back as another one. */
export function findNumber(value: unknown): JsonProblem | null {
  return findProblem(value, numberProblemOf);
}

/** @param problemOf says what is wrong with a value, or a name, that contains no others */
function findProblem(
  value: unknown,
  problemOf: (item: unknown) => string | null,
): JsonProblem | null {
  if (value === null || typeof value !== "object") {
    const message = problemOf(value);
    return message === null ? null : { message, path: [] };
  }
  for (const [name, item] of Object.entries(value)) {
    const nameProblem = problemOf(name);
    if (nameProblem !== null) return { message: `Names: ${nameProblem}`, path: [] };
    const problem = findProblem(item, problemOf);
    if (!problem) continue;
    const step = Array.isArray(value) ? Number(name) : name;
    return { ...problem, path: [step, ...problem.path] };
  }
  return null;
}

function numberProblemOf(value: unknown): string | null {
  return typeof value === "number" ? numberProblem(value) : null;
}

function textProblemOf(value: unknown): string | null {
  return typeof value === "string" && !isWellFormedText(value) ? NOT_WELL_FORMED : null;
}
