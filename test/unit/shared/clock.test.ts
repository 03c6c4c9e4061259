import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  EARLIEST_DATE,
  fromEpochSeconds,
  hasEnded,
  LATEST_DATE,
  MAX_CLOCK_DIFFERENCE_SECONDS,
  secondsFrom,
} from "../../../src/shared/clock.js";

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

describe("fromEpochSeconds", () => {
  test.each([
    [0, "1970-01-01T00:00:00.000Z"],
    [-1, "1969-12-31T23:59:59.000Z"],
    [1.2, "1970-01-01T00:00:02.000Z"],
    [253_402_300_799, LATEST_DATE.toISOString()],
    [1e308, LATEST_DATE.toISOString()],
    [Number.POSITIVE_INFINITY, LATEST_DATE.toISOString()],
    [-62_167_219_200, EARLIEST_DATE.toISOString()],
    [-1e308, EARLIEST_DATE.toISOString()],
    [Number.NEGATIVE_INFINITY, EARLIEST_DATE.toISOString()],
  ])("of %d is %s", (seconds, date) => {
    expect(fromEpochSeconds(seconds).toISOString()).toBe(date);
  });

  test("refuses what is not a number", () => {
    expect(() => fromEpochSeconds(Number.NaN)).toThrow(RangeError);
  });

  test("gives years of four digits, in the order of the numbers", () => {
    const anyNumber = fc.double({ noNaN: true });
    fc.assert(
      fc.property(anyNumber, anyNumber, (left, right) => {
        const [first, second] = [left, right].sort((a, b) => a - b).map(fromEpochSeconds) as [
          Date,
          Date,
        ];
        expect(first <= second).toBe(true);
        expect(first.toISOString()).toMatch(/^[1-9]\d{3}-/);
        expect(second.toISOString()).toMatch(/^[1-9]\d{3}-/);
      }),
    );
  });
});
