import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { bothMakers, couldGrant, type Maker } from "../../../src/shared/maker.js";
import { PROJECT_PERMISSIONS } from "../../../src/shared/permissions.js";

const permissions = fc.subarray(PROJECT_PERMISSIONS);
const held = fc.oneof(permissions, fc.constant("ALL" as const));
const end = fc.option(fc.date({ min: new Date(0), max: new Date(8e12), noInvalidDate: true }));
const maker: fc.Arbitrary<Maker> = fc.record({
  permissions: held,
  expiresAt: end.map((date) => date?.toISOString() ?? null),
});

describe("makers of a credential", () => {
  test("could together grant exactly what each of them could", () => {
    fc.assert(
      fc.property(maker, maker, permissions, end, (first, second, needed, until) => {
        const each = couldGrant(first, needed, until) && couldGrant(second, needed, until);
        expect(couldGrant(bothMakers(first, second), needed, until)).toBe(each);
      }),
    );
  });

  test("are not judged where none is recorded", () => {
    expect(couldGrant(null, PROJECT_PERMISSIONS, null)).toBe(true);
    const known: Maker = { permissions: ["clients:read"], expiresAt: null };
    expect(bothMakers(null, known)).toEqual(known);
  });

  test("that end could grant what ends no later", () => {
    const known: Maker = { permissions: ["clients:read"], expiresAt: "2026-03-01T12:00:00.000Z" };
    const judged = ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.001Z", null].map((date) =>
      couldGrant(known, ["clients:read"], date === null ? null : new Date(date)),
    );
    expect(judged).toEqual([true, false, false]);
  });
});
