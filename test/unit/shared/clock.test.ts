import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { EARLIEST_DATE, fromEpochSeconds, LATEST_DATE } from "../../../src/shared/clock.js";

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
