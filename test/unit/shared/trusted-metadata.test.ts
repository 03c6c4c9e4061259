import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CountersignError } from "../../../src/shared/errors.js";
import { type JsonObject, mergeTrustedMetadata } from "../../../src/shared/trusted-metadata.js";

const small = fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.integer(), {
  maxKeys: 9,
});

describe("merging trusted metadata", () => {
  test("replaces values at the top level and deletes null ones", () => {
    const current = { a: 1, b: { c: 1, d: 2 }, e: "x" };
    expect(mergeTrustedMetadata(current, { b: { c: 3 }, e: null, f: [null] })).toEqual({
      a: 1,
      b: { c: 3 },
      f: [null],
    });
    expect(current).toEqual({ a: 1, b: { c: 1, d: 2 }, e: "x" });
  });

  test("is idempotent, and an empty change has no effect", () => {
    fc.assert(
      fc.property(small, small, (current, patch) => {
        expect(mergeTrustedMetadata(current, {})).toEqual(current);
        const once = mergeTrustedMetadata(current, patch);
        expect(mergeTrustedMetadata(once, patch)).toEqual(once);
        expect(once).toEqual({ ...current, ...patch });
      }),
    );
  });

  test("does not depend on the order of changes to different keys", () => {
    const mergedFirst = mergeTrustedMetadata(mergeTrustedMetadata({ a: 1 }, { b: 2 }), { a: null });
    const mergedLast = mergeTrustedMetadata(mergeTrustedMetadata({ a: 1 }, { a: null }), { b: 2 });
    expect(mergedFirst).toEqual(mergedLast);
  });

  test("limits keys and bytes of the result, not of the change", () => {
    const keys = (from: number, count: number): JsonObject =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${from + index}`, 1]));
    const full = keys(0, 20);
    expect(() => mergeTrustedMetadata(full, { other: 1 })).toThrow(CountersignError);
    expect(mergeTrustedMetadata(full, { k0: null, other: 1 })).toHaveProperty("other");
    const big = { a: "x".repeat(4000) };
    expect(() => mergeTrustedMetadata(big, { b: "x".repeat(100) })).toThrow(/4096 bytes/);
    expect(mergeTrustedMetadata(big, { a: null, b: "x".repeat(100) })).toHaveProperty("b");
  });

  test("refuses keys that databases cannot store", () => {
    for (const key of ["a\u0000", "\ud800", "x".repeat(129)]) {
      expect(() => mergeTrustedMetadata({}, { [key]: 1 })).toThrow(/128 characters/);
    }
  });
});
