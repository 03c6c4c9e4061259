import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { numberProblem, parseExactJson } from "../../../src/shared/exact-numbers.js";

const parsed = (number: string) => (parseExactJson(`{"a":[${number}]}`) as { a: number[] }).a[0];
const DIGITS = "A number beyond 2^53 would lose digits: send it as a string";

describe("numbers in JSON", () => {
  test.each([
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "1163287654321098753",
    "100000000000000000000",
    "1163287654321098753.0",
    "123456789012345678.5",
    "1.163287654321098753e18",
    "1163287654321098753E0",
  ])("that would lose digits are refused: %s", (number) => {
    expect(numberProblem(Number(parsed(number)))).toBe(DIGITS);
  });

  test.each([
    "9007199254740991",
    "-9007199254740991",
    "0.1",
    "0.30000000000000004",
    "3.14159265358979323846",
    "6.02214076e23",
    "1.7976931348623157e308",
    "1e20",
    "-0.5",
    "1234567890123456.5",
  ])("are taken as every parser takes them: %s", (number) => {
    expect(parsed(number)).toBe(Number(number));
    expect(numberProblem(Number(number))).toBeNull();
  });

  test.each(["1e999", "-1e999"])("that exceed all numbers are refused: %s", (number) => {
    expect(numberProblem(Number(parsed(number)))).toMatch(/at most 1\.79/);
  });

  test("-0 is refused, since it would become 0", () => {
    expect(numberProblem(Number(parsed("-0")))).toMatch(/^-0 would become 0/);
  });

  test("keep the digits of every integer, or are refused", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        fc.boolean(),
        (integer, pretty) => {
          const text = JSON.stringify({ a: [0] }, null, pretty ? 2 : 0).replace(
            "0",
            String(integer),
          );
          const [value = 0] = (parseExactJson(text) as { a: number[] }).a;
          if (numberProblem(value) === null) expect(BigInt(value)).toBe(integer);
          else expect(integer > 2n ** 53n - 1n || integer < 1n - 2n ** 53n).toBe(true);
        },
      ),
    );
  });

  test("are told from strings of digits", () => {
    const text = '{"a":"1163287654321098753","b":[1163287654321098753, "x:1163287654321098753"]}';
    expect(parseExactJson(text)).toEqual({
      a: "1163287654321098753",
      b: [Number.NaN, "x:1163287654321098753"],
    });
  });

  test("are otherwise parsed as JSON.parse parses them", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/[\d.]{16}/.test(text));
        const long = `[${text},1163287654321098753]`;
        expect(parseExactJson(long)).toEqual([JSON.parse(text), Number.NaN]);
      }),
    );
  });
});
