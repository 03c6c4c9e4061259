import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseStrictJson } from "../../../src/shared/strict-json.js";

describe("parseStrictJson", () => {
  test("parses what JSON.parse parses", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"a":1,"b":{},"a":2}',
    '{"x":{"a":1,"b":[{}],"a":2}}',
    '[{"a":1,"a":1}]',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    '{"a\\"":1,"a\\"":2}',
    '{"iss" : 1 , "iss"\n:2}',
  ])("refuses the repeated name in %s", (text) => {
    expect(() => parseStrictJson(text)).toThrow("duplicate member name");
  });

  test.each([
    '{"a":{"a":1},"b":{"a":2}}',
    '[{"a":1},{"a":1}]',
    '{"a":"\\"a\\":1,\\"a\\":2"}',
    '{"a":["a","a"],"A":"a"}',
    '{"a":"{","b":"}","c":"[,:"}',
  ])("accepts %s, in which no name repeats", (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ["lists", "[".repeat(33) + "]".repeat(33)],
    ["objects", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`],
    ["very many lists", "[".repeat(100_000) + "]".repeat(100_000)],
  ])("refuses %s that nest too deeply", (_, text) => {
    expect(() => parseStrictJson(text)).toThrow("nested too deeply");
    expect(parseStrictJson("[".repeat(32) + "]".repeat(32))).toBeDefined();
  });

  test.each(["", "{", "{'a':1}", '{"a":1,}', "NaN", "1 2", '\ufeff{"a":1}', '{"a":01}'])(
    "refuses %j, which is malformed",
    (text) => {
      expect(() => parseStrictJson(text)).toThrow(SyntaxError);
    },
  );
});
