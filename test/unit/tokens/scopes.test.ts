import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { coversScope, grantedScopes } from "../../../src/tokens/scopes.js";

const scope = fc.stringMatching(/^[a-z]{1,4}(:[a-z*]{1,4})?$/);

describe("scopes", () => {
  test("are all granted when none are asked for", () => {
    expect(grantedScopes(null, ["a", "b"])).toEqual(["a", "b"]);
    expect(grantedScopes(undefined, ["a"])).toEqual(["a"]);
    expect(grantedScopes([], ["a"])).toEqual([]);
  });

  test("are granted as asked, or not at all", () => {
    fc.assert(
      fc.property(fc.array(scope), fc.array(scope), (requested, held) => {
        const beyond = requested.findIndex((one) => !held.includes(one));
        if (beyond < 0) expect(grantedScopes(requested, held)).toEqual(requested);
        else {
          expect(() => grantedScopes(requested, held)).toThrow(
            expect.objectContaining({
              code: "INVALID_SCOPE",
              details: { path: ["input", "scopes", beyond] },
            }),
          );
        }
      }),
    );
  });

  test.each([
    [["read:users"], "read:users", true],
    [["read:*"], "read:users", true],
    [["read:*"], "read:*", true],
    [["read:*"], "read:users:own", true],
    [["read:users"], "read:*", false],
    [["read:*"], "write:users", false],
    [["*"], "read:users", false],
    [["read"], "read:users", false],
    [["read:*"], "read", false],
    [[":*"], ":users", true],
    [["*"], "users", false],
    [[], "a", false],
  ])("%j cover %s: %s", (held, required, covered) => {
    expect(coversScope(held, required)).toBe(covered);
  });
});
