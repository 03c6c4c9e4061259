/**
 * The number that a JSON text or a GraphQL document writes. Integers beyond 2^53 would silently become others
 * (RFC 7493 section 2.2), as would the digits of a larger number with an exponent: these are NaN. Fractions are
 * rounded, as in every parser of JSON, and what exceeds all numbers is infinite.
 */
export function toExactNumber(source: string): number {
  const value = Number(source);
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || !Number.isFinite(value)) return value;
  const isKept = /e/i.test(source) && digitsOf(source) === digitsOf(String(value));
  return isKept ? value : Number.NaN;
}

/** A number that comes after what may precede one, and that is long enough to lose digits. */
const LONG_NUMBER = /[\s:,[-][\d.]{16}/;

/** Whether a JSON text may contain a number that `JSON.parse` would change. */
export function hasLongNumber(text: string): boolean {
  return LONG_NUMBER.test(text);
}

/** Parses JSON with `toExactNumber`. @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  if (!hasLongNumber(text)) return JSON.parse(text);
  // TypeScript does not know the third argument (ECMAScript 2026, "JSON.parse source text access").
  const exact = (_name: string, value: unknown, { source }: { source?: string }) =>
    typeof value === "number" && source !== undefined ? toExactNumber(source) : value;
  return JSON.parse(text, exact as (name: string, value: unknown) => unknown);
}

/**
 * Says why a number is not taken: it would come back as another one.
 * @param value a result of `toExactNumber`
 * @returns a sentence for its sender; null if it is taken
 */
export function numberProblem(value: number): string | null {
  if (Number.isNaN(value)) return "A number beyond 2^53 would lose digits: send it as a string";
  if (!Number.isFinite(value)) return "Numbers must be at most 1.7976931348623157e308";
  return Object.is(value, -0) ? "-0 would become 0: send 0, or a string" : null;
}

/** The significant digits. */
function digitsOf(number: string): string {
  const [mantissa = ""] = number.toLowerCase().split("e");
  return mantissa.replace(/[-.]/g, "").replace(/^0+|0+$/g, "");
}
