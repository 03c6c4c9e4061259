/**
 * Text that both databases keep as it is: PostgreSQL's text holds no NUL, and a lone surrogate has
 * no UTF-8, so that different texts would become the same.
 */
export function isWellFormedText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

export const NOT_WELL_FORMED = "Must be valid Unicode without the NUL character";
