/** Printable ASCII (RFC 6749 appendix A.12), which a header can carry. */
export function isAccessToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}
