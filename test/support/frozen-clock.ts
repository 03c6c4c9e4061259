import { type Clock, secondsFrom } from "../../src/shared/clock.js";

/** A clock that stands still until a test advances it. */
export class FrozenClock implements Clock {
  #now = new Date("2026-03-01T12:00:00.000Z");

  now(): Date {
    return new Date(this.#now);
  }

  /** A clock that shows a time so many seconds later than this one, or earlier for a negative number. */
  ahead(seconds: number): Clock {
    return { now: () => secondsFrom(this.#now, seconds) };
  }

  advance(seconds: number): void {
    this.#now = secondsFrom(this.#now, seconds);
  }
}
