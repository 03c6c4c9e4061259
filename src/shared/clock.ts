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

/** The latest date that both databases hold, in every time zone: their years have four digits. */
export const LATEST_DATE = new Date("9999-12-30T00:00:00Z");

/** The date of a NumericDate (RFC 7519 section 2), or `LATEST_DATE` for one that is beyond it. */
export function fromEpochSeconds(seconds: number): Date {
  return new Date(Math.min(Math.ceil(seconds) * 1000, LATEST_DATE.getTime()));
}
