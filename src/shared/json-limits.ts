import { numberProblem } from "./exact-numbers.js";

/** Levels of nesting of a JSON value that is stored or signed. Code that recurses deeper exhausts its stack. */
export const MAX_JSON_DEPTH = 32;
/** Levels of nesting of a request, in which such values are. */
const MAX_TEXT_DEPTH = 2 * MAX_JSON_DEPTH;
/** Members and items of a request. Many small ones take the longest to parse. */
const MAX_TEXT_VALUES = 20_000;

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Says what makes a text too costly as JSON, before it is parsed. Whether it is JSON is for the parser to say.
 * @returns a sentence for its sender; null if it can be parsed
 */
export function jsonTextProblem(text: string): string | null {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case COMMA:
        values += 1;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth += 1;
        values += 1;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
    }
    if (depth > MAX_TEXT_DEPTH) return `JSON must not nest deeper than ${MAX_TEXT_DEPTH} levels`;
    if (values > MAX_TEXT_VALUES) return `JSON must have at most ${MAX_TEXT_VALUES} values`;
  }
  return null;
}

/** @returns the index of the quote that closes the string; the end of the text if none does */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text.charCodeAt(index) !== QUOTE) {
    index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  }
  return index;
}

export interface JsonProblem {
  /** A sentence for the sender of the value. */
  message: string;
  /** Where the problem is in the value. */
  path: (string | number)[];
}

/** Says why a value is not stored: it nests too deeply, or would come back as another one; null: it can be. */
export function jsonValueProblem(value: unknown): JsonProblem | null {
  return isDeeperThan(value, MAX_JSON_DEPTH) ? { message: TOO_DEEP, path: [] } : findNumber(value);
}

export const TOO_DEEP = `Must not nest deeper than ${MAX_JSON_DEPTH} levels`;

/** Stops at the limit, because deeper values would exhaust the stack. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== "object") return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1));
}

/** The first number that would come back as another one. */
export function findNumber(value: unknown): JsonProblem | null {
  if (typeof value === "number") {
    const message = numberProblem(value);
    return message === null ? null : { message, path: [] };
  }
  if (value === null || typeof value !== "object") return null;
  for (const [name, item] of Object.entries(value)) {
    const problem = findNumber(item);
    if (!problem) continue;
    const step = Array.isArray(value) ? Number(name) : name;
    return { ...problem, path: [step, ...problem.path] };
  }
  return null;
}
