import { hasRepeatedName, measureJson } from "./json-text.js";

const LIMITS = { depth: 32, values: Infinity };

/**
 * Parses JSON that every parser reads the same way: rejects duplicate member names (RFC 8259 section 4,
 * RFC 7515 section 4) and more than 32 levels of nesting.
 * @throws SyntaxError
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const { exceeded, members } = measureJson(text, LIMITS);
  if (exceeded) throw new SyntaxError("nested too deeply");
  if (hasRepeatedName(value, members)) throw new SyntaxError("duplicate member name");
  return value;
}
