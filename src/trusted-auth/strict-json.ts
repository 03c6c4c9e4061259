const MAX_DEPTH = 32;
/** Of JSON that is known to be valid: its strings, and what opens, closes and separates. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]/g;

/**
 * Reads JSON that everybody reads the same way: no member name twice in an object (RFC 8259
 * section 4, RFC 7515 section 4), and no deeper than anybody nests on purpose.
 * @throws SyntaxError
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  /** The names so far of each object that is open; null for a list. */
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") open.push(token === "{" ? new Set() : null);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") addName(open.at(-1), last);
    if (open.length > MAX_DEPTH) throw new SyntaxError("nested too deeply");
    last = token;
  }
  return value;
}

/** `"a"` and `"\u0061"` are the same name. */
function addName(names: Set<string> | null | undefined, quoted: string): void {
  const name = JSON.parse(quoted) as string;
  if (names?.has(name)) throw new SyntaxError("a name comes twice");
  names?.add(name);
}
