import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { scopeMatcher } from "../../../src/shared/scopes.js";
import { resolveScopes } from "../../../src/tokens/scope-policy.js";

const scope = fc.stringMatching(/^[a-z]{1,4}(:[a-z*]{1,4})?$/);

describe("scopes", () => {
  test("are all granted if none are requested", () => {
    expect(resolveScopes(null, ["a", "b"], true)).toEqual(["a", "b"]);
    expect(resolveScopes(undefined, ["a"], true)).toEqual(["a"]);
    expect(resolveScopes([], ["a"], true)).toEqual([]);
  });

  test("must be requested if the API requires it", () => {
    expect(() => resolveScopes(null, ["a"], false)).toThrow(
      expect.objectContaining({ code: "INVALID_SCOPE" }),
    );
    expect(resolveScopes(["a"], ["a"], false)).toEqual(["a"]);
  });

  test("are granted as requested or not at all", () => {
    fc.assert(
      fc.property(fc.array(scope), fc.array(scope), (requested, held) => {
        const isCovered = scopeMatcher(held);
        const missing = requested.findIndex((value) => !isCovered(value));
        if (missing < 0) expect(resolveScopes(requested, held, true)).toEqual(requested);
        else {
          expect(() => resolveScopes(requested, held, true)).toThrow(
            expect.objectContaining({
              code: "INVALID_SCOPE",
              details: expect.objectContaining({ path: ["input", "scopes", missing] }),
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
    [["clients:write"], "clients:write", true],
    [["clients:*"], "clients:write", false],
    [["clients:*"], "clients:read", false],
    [["clients:*"], "clients:other", true],
    [["clients:*"], "clients:*", true],
  ])("%j cover %s: %s", (held, required, covered) => {
    expect(scopeMatcher(held)(required)).toBe(covered);
    const request = () => resolveScopes([required], held, true);
    if (covered) expect(request()).toEqual([required]);
    else expect(request).toThrow(expect.objectContaining({ code: "INVALID_SCOPE" }));
  });
});
