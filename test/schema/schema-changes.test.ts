import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { breakingChanges, dangerousChanges } from "./compare-schemas.js";

/**
 * Compares the schema with the released one. `npm run schema:release` renews the snapshot when a version is
 * released.
 */
describe("the schema since its last release", () => {
  const released = readFileSync("test/schema/released.graphql", "utf8");
  const current = readFileSync("schema.graphql", "utf8");
  const decided: { change: string; reason: string }[] = JSON.parse(
    readFileSync("test/schema/breaking-changes.json", "utf8"),
  );

  test("has no breaking change but those that breaking-changes.json names with a reason", () => {
    expect(breakingChanges(released, current)).toEqual(decided.map(({ change }) => change));
    for (const { reason } of decided) expect(reason.split(" ").length).toBeGreaterThan(3);
  });

  test("has its dangerous changes described in docs/schema-changes.md", () => {
    const described = readFileSync("docs/schema-changes.md", "utf8");
    const missing = dangerousChanges(released, current).filter(
      (change) => !described.includes(change),
    );
    expect(missing).toEqual([]);
  });

  const base = `
    "A node." interface Node { "Id." id: ID! }
    "One." type One implements Node { "Id." id: ID! "Name." name: String }
    "Kind." enum Kind { "A." A }
    "In." input In { "A." a: String }
    "Query." type Query { "One." one("In." in: In): One "Kind." kind: Kind "Node." node: Node }`;

  test.each([
    ["a removed field", base.replace('"Name." name: String', ""), "One.name was removed."],
    [
      "a required field of an input",
      base.replace('"A." a: String', '"A." a: String "B." b: String!'),
      "A required field b on input type In was added.",
    ],
    [
      "a field that became nullable",
      base
        .replace("id: ID! }", "id: ID }")
        .replace('"Id." id: ID! "Name."', '"Id." id: ID "Name."'),
      "One.id changed type from ID! to ID.",
    ],
    [
      "a removed enum value",
      base.replace('"A." A', '"B." B'),
      "A was removed from enum type Kind.",
    ],
  ])("would break clients by %s", (_what, changed, change) => {
    expect(breakingChanges(base, changed)).toContain(change);
  });

  test.each([
    [
      "an added enum value",
      base.replace('"A." A', '"A." A "B." B'),
      "B was added to enum type Kind.",
    ],
    [
      "a new kind of node",
      `${base} "Two." type Two implements Node { "Id." id: ID! }`,
      "Two was added to the types that implement Node.",
    ],
    [
      "an optional argument",
      base.replace('one("In." in: In)', 'one("In." in: In "X." x: Int)'),
      "An optional arg x on Query.one was added.",
    ],
  ])("may surprise clients by %s", (_what, changed, change) => {
    expect(breakingChanges(base, changed)).toEqual([]);
    expect(dangerousChanges(base, changed)).toEqual([change]);
  });

  test("may grow by optional fields, types and queries", () => {
    const grown = base.replace("kind: Kind", 'kind: Kind "More." more: [More!]');
    const more = `${grown} "More." type More { "A." a: Int }`;
    expect([breakingChanges(base, more), dangerousChanges(base, more)]).toEqual([[], []]);
  });
});
