/** The only source of time. Tests use one that stands still. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** The largest difference between the clocks of two processes that the server plans for (ADR 0023). */
export const MAX_CLOCK_DIFFERENCE_SECONDS = 60;

export function secondsFrom(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
}

/** The earliest time that the clock of another process may show. */
export function earliestElsewhere(now: Date): Date {
  return secondsFrom(now, -MAX_CLOCK_DIFFERENCE_SECONDS);
}

/** The latest time that the clock of another process may show. */
export function latestElsewhere(now: Date): Date {
  return secondsFrom(now, MAX_CLOCK_DIFFERENCE_SECONDS);
}

/**
 * Whether a window is over: it has ended, or it ends later than any window that could have begun by now,
 * because the clock that began it was wrong.
 * @param longestSeconds length of the longest window of this kind
 */
export function hasEnded(end: Date, now: Date, longestSeconds: number): boolean {
  return end <= now || end > secondsFrom(latestElsewhere(now), longestSeconds);
}

export function epochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

/** The dates that both databases hold in every time zone: their years have four digits. */
export const EARLIEST_DATE = new Date("1000-01-02T00:00:00Z");
export const LATEST_DATE = new Date("9999-12-30T00:00:00Z");

/**
 * The date of a NumericDate (RFC 7519 section 2), which may be the sum of a foreign claim and a tolerance. A time
 * that cannot be stored becomes the nearest date that can.
 */
export function fromEpochSeconds(seconds: number): Date {
  const milliseconds = Math.ceil(seconds) * 1000;
  if (Number.isNaN(milliseconds)) throw new RangeError("a NumericDate must be a number");
  const bounded = Math.min(milliseconds, LATEST_DATE.getTime());
  return new Date(Math.max(bounded, EARLIEST_DATE.getTime()));
}
