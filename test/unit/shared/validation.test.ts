import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { z } from "zod";
import { CountersignError } from "../../../src/shared/errors.js";
import {
  idToLookUp,
  multiLine,
  scopes,
  singleLine,
  validate,
} from "../../../src/shared/validation.js";
import { isWellFormedText } from "../../../src/shared/well-formed-text.js";

const refusal = (rules: z.ZodType, input: unknown) => {
  try {
    validate(rules, input);
  } catch (error) {
    if (error instanceof CountersignError) return error;
    throw error;
  }
  return null;
};

describe("validating input", () => {
  test("reports the path of the first problem without its value", () => {
    const rules = z.object({ list: scopes, name: singleLine(1, 5) });
    const error = refusal(rules, { list: ["ok", "marker marker"], name: "too long" });
    expect(error).toMatchObject({
      code: "BAD_USER_INPUT",
      details: { path: ["input", "list", 1] },
    });
    expect(error?.message).not.toContain("marker");
  });

  test("accepts exactly the scope-tokens of RFC 6749", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), (scope) => {
        const isToken = [...scope].every(
          (character) => character > " " && character < "\u007f" && !'"\\'.includes(character),
        );
        expect(refusal(scopes, [scope]) === null).toBe(isToken);
      }),
    );
  });

  test("accepts only text that every database stores unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (value) => {
        const isStorable = Buffer.from(value).toString() === value && !value.includes("\u0000");
        expect(isWellFormedText(value)).toBe(isStorable);
        expect(refusal(idToLookUp, value) === null).toBe(isStorable);
        expect(refusal(multiLine(100), value) === null).toBe(isStorable);
      }),
    );
    expect(isWellFormedText("\ud83d\udddd")).toBe(true);
    expect(isWellFormedText("\udddd\ud83d")).toBe(false);
  });

  test("refuses control characters in a single line", () => {
    for (const character of ["\n", "\r", "\t", "\u0000", "\u001b", "\u007f"]) {
      expect(refusal(singleLine(1, 10), `a${character}b`)).not.toBeNull();
    }
    expect(refusal(singleLine(1, 10), "é 🗝")).toBeNull();
  });
});
