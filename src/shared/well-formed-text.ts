/**
 * Checks that both databases store the text unchanged. PostgreSQL's text cannot contain NUL, and UTF-8 cannot
 * encode a lone surrogate, so that different texts would become equal.
 */
export function isWellFormedText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

export const NOT_WELL_FORMED = "Must be valid Unicode without the NUL character";
