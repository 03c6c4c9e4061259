import type { Clock } from "../../../../src/shared/clock.js";
import type { TestIssuerSetup } from "../setup.js";
import type { TestClock } from "../test-issuer.js";

/** A clock that can be moved, over another clock. */
export class MovableClock implements TestClock, Clock {
  #base: Clock;
  #offsetMs = 0;

  constructor(setting: TestIssuerSetup["clock"] = { now: () => new Date() }) {
    const isClock = typeof setting === "object" && "now" in setting;
    this.#base = isClock ? setting : stoppedAt(setting);
  }

  now(): Date {
    return new Date(this.#base.now().getTime() + this.#offsetMs);
  }

  advance(seconds: number): void {
    this.#offsetMs += seconds * 1000;
  }

  set(time: Date | string): void {
    this.#base = stoppedAt(time);
    this.#offsetMs = 0;
  }
}

function stoppedAt(time: Date | string): Clock {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) throw new RangeError("The time must be a date or ISO 8601");
  return { now: () => at };
}
