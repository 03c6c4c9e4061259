import { describe, expect, test } from "@jest/globals";
import { assertMayGrant, type Caller, systemCaller } from "../../../src/shared/caller.js";
import type { Permission } from "../../../src/shared/permissions.js";

describe("a caller that grants permissions", () => {
  const caller: Caller = { ...systemCaller("p"), permissions: new Set(["clients:read"]) };
  const path = ["input", "scopes"];
  const refusal = (permissions: Permission[]) => {
    try {
      assertMayGrant(caller, permissions, path);
      return null;
    } catch (error) {
      return error;
    }
  };

  test("may grant what it has", () => {
    expect(refusal([])).toBeNull();
    expect(refusal(["clients:read"])).toBeNull();
  });

  test.each<[Permission[], string]>([
    [["clients:read", "clients:write"], "it lacks clients:write"],
    [["apis:read", "apis:write", "audit:read"], "it lacks apis:read, apis:write, audit:read"],
    [
      ["apis:read", "apis:write", "audit:read", "clients:read", "clients:write", "members:read"],
      "it lacks apis:read, apis:write, audit:read and 2 more",
    ],
  ])("is told for %j: %s", (permissions, lacks) => {
    expect(refusal(permissions)).toMatchObject({
      code: "FORBIDDEN",
      message: `The caller must itself have every permission that it grants: ${lacks}`,
      details: { path },
    });
  });
});
