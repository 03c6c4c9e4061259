/**
 * What both databases keep as it is: PostgreSQL's text holds no NUL, and half of a surrogate pair
 * has no UTF-8, so that different texts would become the same.
 */
const STORABLE = /^[^\0\p{Surrogate}]*$/u;

export function isStorableText(text: string): boolean {
  return STORABLE.test(text);
}

export const NOT_STORABLE = "Must be valid Unicode without the NUL character";
