import type { Clock } from "../../src/shared/clock.js";

/** A clock that stands still until a test advances it. */
export class FrozenClock implements Clock {
  #now = new Date("2026-03-01T12:00:00.000Z");

  now(): Date {
    return new Date(this.#now);
  }

  advance(seconds: number): void {
    this.#now = new Date(this.#now.getTime() + seconds * 1000);
  }
}
