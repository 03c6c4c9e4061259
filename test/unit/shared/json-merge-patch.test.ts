import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isDeeperThan } from "../../../src/shared/json-limits.js";
import { applyMergePatch } from "../../../src/shared/json-merge-patch.js";

const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });

describe("a merge patch", () => {
  // RFC 7396 appendix A
  test.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: [1] }, { a: { b: 2 } }, { a: { b: 2 } }],
  ])("of %j with %j gives %j", (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toEqual(result);
  });

  test("is idempotent, and neither deeper than its parts nor with a null that it gives", () => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const merged = applyMergePatch(target, patch);
        expect(applyMergePatch(merged, patch)).toEqual(merged);
        const depth = [1, 2, 3, 4, 5].find((levels) => !isDeeperThan([target, patch], levels));
        expect(isDeeperThan([merged], depth ?? 6)).toBe(false);
        for (const [name, value] of Object.entries(patch)) {
          expect(Object.hasOwn(merged, name)).toBe(value !== null);
        }
      }),
    );
  });

  test("changes no prototype", () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true},"a":{"__proto__":{"polluted":true}}}');
    applyMergePatch({ a: {} }, patch);
    expect({}).not.toHaveProperty("polluted");
  });
});
