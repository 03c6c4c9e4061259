const MAX_DEPTH = 32;
/** Strings and punctuation of valid JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]/g;

/**
 * Parses JSON that every parser reads the same way: rejects duplicate member names (RFC 8259 section 4,
 * RFC 7515 section 4) and more than 32 levels of nesting.
 * @throws SyntaxError
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  /** The member names of each open object; null for an open list. */
  const openContainers: (Set<string> | null)[] = [];
  let previousToken = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{") openContainers.push(new Set());
    else if (token === "[") openContainers.push(null);
    else if (token === "}" || token === "]") openContainers.pop();
    else if (token === ":") addName(openContainers.at(-1), previousToken);
    if (openContainers.length > MAX_DEPTH) throw new SyntaxError("nested too deeply");
    previousToken = token;
  }
  return value;
}

/** `"a"` and `"\u0061"` are the same name. */
function addName(names: Set<string> | null | undefined, quoted: string): void {
  const name = JSON.parse(quoted) as string;
  if (names?.has(name)) throw new SyntaxError("duplicate member name");
  names?.add(name);
}
