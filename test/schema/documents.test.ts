import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { buildSchema, parse, validate } from "graphql";
import { EXPLORER_DOCUMENT } from "../../src/graphql/explorer-document.js";

// The operations of the pages run in test/docs/pages.test.ts.
test("the document of the explorer is valid", () => {
  const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
  expect(validate(schema, parse(EXPLORER_DOCUMENT))).toEqual([]);
});
