import { expect, test } from "@jest/globals";
import { hasEnded, MAX_CLOCK_DIFFERENCE_SECONDS, secondsFrom } from "../../../src/shared/clock.js";

const now = new Date("2026-03-01T12:00:00Z");
const LONGEST = 300;

test.each([
  ["that ends later than now", 1, false],
  ["that ends now", 0, true],
  ["that has ended", -1, true],
  [
    "that a process whose clock is ahead has just begun",
    LONGEST + MAX_CLOCK_DIFFERENCE_SECONDS,
    false,
  ],
  ["that ends later than it can", LONGEST + MAX_CLOCK_DIFFERENCE_SECONDS + 0.001, true],
  ["that ends a day later than it can", LONGEST + 24 * 3600, true],
])("a window %s", (_, seconds, isOver) => {
  expect(hasEnded(secondsFrom(now, seconds), now, LONGEST)).toBe(isOver);
});
