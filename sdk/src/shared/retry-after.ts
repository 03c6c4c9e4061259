/** A mistaken header must not stop a program for years. */
const MAX_SECONDS = 600;

/**
 * At most ten minutes. Seconds or a date (RFC 9110 section 10.2.3), which is read by the server's own clock where it shows it.
 */
export function retryAfterSeconds({ headers }: Response): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value), MAX_SECONDS);
  const now = Date.parse(headers.get("date") ?? "") || Date.now();
  const seconds = Math.ceil((Date.parse(value) - now) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MAX_SECONDS);
}
