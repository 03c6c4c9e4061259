import { expect, test } from "@jest/globals";
import { mergeCustomClaims } from "../../../src/sessions/session-custom-claims.js";

test("a custom claim whose name has been reserved since stays until it is deleted", () => {
  const stored = { role: "admin", "tier ": "gold" };
  expect(mergeCustomClaims(stored, { plan: "pro" })).toEqual({ ...stored, plan: "pro" });
  expect(mergeCustomClaims(stored, { role: null, "tier ": null })).toEqual({});
  expect(() => mergeCustomClaims(stored, { role: "owner" })).toThrow(/reserved claim/);
});
