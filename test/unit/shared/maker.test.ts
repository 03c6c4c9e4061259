import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ClientOwner } from "../../../src/shared/client-owner.js";
import { bothMakers, couldGrant, type Maker } from "../../../src/shared/maker.js";
import { PROJECT_PERMISSIONS } from "../../../src/shared/permissions.js";

const permissions = fc.subarray(PROJECT_PERMISSIONS);
const held = fc.oneof(permissions, fc.constant("ALL" as const));
const end = fc.option(fc.date({ min: new Date(0), max: new Date(8e12), noInvalidDate: true }));
const owner = fc.constantFrom<ClientOwner>(
  { type: "ORGANIZATION", id: "one" },
  { type: "ORGANIZATION", id: "two" },
);
const maker = fc.record({
  permissions: held,
  expiresAt: end.map((date) => date?.toISOString() ?? null),
  owner: fc.option(owner, { nil: undefined }),
});

const makers = maker.map(
  ({ owner: of, ...others }): Maker => ({ ...others, ...(of && { owner: of }) }),
);

describe("makers of a credential", () => {
  test("could together grant exactly what each of them could", () => {
    fc.assert(
      fc.property(makers, makers, permissions, end, owner, (first, second, needed, until, of) => {
        const each = couldGrant(first, needed, until, of) && couldGrant(second, needed, until, of);
        expect(couldGrant(bothMakers(first, second), needed, until, of)).toBe(each);
      }),
    );
  });

  test("are not judged where none is recorded", () => {
    expect(couldGrant(null, PROJECT_PERMISSIONS, null)).toBe(true);
    const known: Maker = { permissions: ["clients:read"], expiresAt: null };
    expect(bothMakers(null, known)).toEqual(known);
  });

  test("could give what is for one owner's clients if they could change these", () => {
    const mine: ClientOwner = { type: "EXTERNAL", id: "one" };
    const other: ClientOwner = { type: "EXTERNAL", id: "two" };
    const limited: Maker = { permissions: ["own_clients:write"], expiresAt: null, owner: mine };
    const ofAll: Maker = { permissions: ["clients:write"], expiresAt: null };
    const judged = [limited, ofAll].map((known) =>
      [mine, other, null].map((of) => couldGrant(known, ["own_clients:write"], null, of)),
    );
    expect(judged).toEqual([
      [true, false, false],
      [true, true, true],
    ]);
  });

  test("that end could grant what ends no later", () => {
    const known: Maker = { permissions: ["clients:read"], expiresAt: "2026-03-01T12:00:00.000Z" };
    const judged = ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.001Z", null].map((date) =>
      couldGrant(known, ["clients:read"], date === null ? null : new Date(date)),
    );
    expect(judged).toEqual([true, false, false]);
  });
});
