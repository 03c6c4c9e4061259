/** The only source of time. Tests use one that stands still. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

export function secondsFrom(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
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
