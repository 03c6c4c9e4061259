const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

interface JsonTextLimits {
  /** Levels of nesting. */
  depth: number;
  /** Members and items. */
  values: number;
}

interface JsonTextMeasure {
  /** The limit that the text exceeds. */
  exceeded: keyof JsonTextLimits | null;
  /** How many members the text writes. */
  members: number;
}

/** Measures a JSON text, up to a limit that it exceeds. Whether it is JSON is for a parser to say. */
export function measureJson(text: string, limits: JsonTextLimits): JsonTextMeasure {
  let depth = 0;
  let values = 0;
  let members = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case COLON:
        members += 1;
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
    if (depth > limits.depth) return { exceeded: "depth", members };
    if (values > limits.values) return { exceeded: "values", members };
  }
  return { exceeded: null, members };
}

/** @returns the index of the quote that closes the string; the end of the text if none does */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text.charCodeAt(index) !== QUOTE) {
    index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  }
  return index;
}

/** What is wrong with a text in which an object has a name twice: parsers take the first, the last or none. */
export const REPEATED_NAME = "JSON must not have two members of the same name in one object";

/**
 * Whether an object has a name twice (RFC 8259 section 4): then the value has fewer members than its text.
 * @param value what the text was parsed to
 * @param members how many the text writes
 */
export function hasRepeatedName(value: unknown, members: number): boolean {
  return countMembers(value) < members;
}

function countMembers(value: unknown): number {
  if (value === null || typeof value !== "object") return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item);
    return count;
  }
  const object = value as Record<string, unknown>;
  // Object.values takes twice as long for an object of very many members.
  for (const name in object) count += 1 + countMembers(object[name]);
  return count;
}
