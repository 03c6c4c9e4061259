/** Brackets of all kinds. Parsing and validation recurse, and deeper documents exhaust the stack. */
const MAX_DEPTH = 100;

const [QUOTE, HASH, BACKSLASH, LINE_FEED, CARRIAGE_RETURN] = [0x22, 0x23, 0x5c, 0x0a, 0x0d];
const [OPEN_PAREN, OPEN_BRACKET, OPEN_BRACE] = [0x28, 0x5b, 0x7b];
const [CLOSE_PAREN, CLOSE_BRACKET, CLOSE_BRACE] = [0x29, 0x5d, 0x7d];
const BLOCK_QUOTE = '"""';

/**
 * Says whether a document nests too deeply, before it is parsed. Skips strings and comments as the lexer does
 * (GraphQL section 2.1). What follows an error of syntax does not matter, since the parser stops there.
 * @returns a sentence for its sender; null if it can be parsed
 */
export function documentNestingProblem(text: string): string | null {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case HASH:
        index = endOfLine(text, index);
        break;
      case QUOTE:
        index = endOfString(text, index);
        break;
      case OPEN_PAREN:
      case OPEN_BRACKET:
      case OPEN_BRACE:
        depth += 1;
        break;
      case CLOSE_PAREN:
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth -= 1;
        break;
    }
    if (depth > MAX_DEPTH) return `The document must not nest deeper than ${MAX_DEPTH} brackets`;
  }
  return null;
}

function isLineEnd(char: number): boolean {
  return char === LINE_FEED || char === CARRIAGE_RETURN;
}

function endOfLine(text: string, start: number): number {
  let index = start;
  while (index < text.length && !isLineEnd(text.charCodeAt(index))) index += 1;
  return index;
}

/** @returns the index of the last quote; the end of the text if there is none */
function endOfString(text: string, start: number): number {
  if (text.startsWith(BLOCK_QUOTE, start)) return endOfBlockString(text, start);
  let index = start + 1;
  while (index < text.length && text.charCodeAt(index) !== QUOTE) {
    if (isLineEnd(text.charCodeAt(index))) return text.length;
    index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  }
  return index;
}

/** Only `\"""` is an escape sequence in a block string (GraphQL section 2.9.4). */
function endOfBlockString(text: string, start: number): number {
  const { length } = BLOCK_QUOTE;
  let end = text.indexOf(BLOCK_QUOTE, start + length);
  while (end > start + length && text.charCodeAt(end - 1) === BACKSLASH) {
    end = text.indexOf(BLOCK_QUOTE, end + length);
  }
  return end === -1 ? text.length : end + length - 1;
}
