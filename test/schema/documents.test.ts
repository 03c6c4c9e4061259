import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { buildSchema, parse, validate } from "graphql";
import { EXPLORER_DOCUMENT } from "../../src/graphql/explorer-document.js";

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));

const files = [
  "README.md",
  ...readdirSync("docs")
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];
const operations = files.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/^```graphql\n([\s\S]*?)^```$/gm)].map(
    ([, text = ""], index) => [`${file}, block ${index + 1}`, text] as const,
  ),
);

test("the documents contain operations", () => {
  expect(operations.length).toBeGreaterThan(10);
});

test.each([...operations, ["the explorer", EXPLORER_DOCUMENT] as const])(
  "%s is valid",
  (_where, text) => {
    expect(validate(schema, parse(text)).map(({ message }) => message)).toEqual([]);
  },
);
