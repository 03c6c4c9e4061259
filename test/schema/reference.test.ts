import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { referenceDocuments } from "../../src/reference-documents.js";
import { buildSchema } from "../../src/schema.js";
import { SETTING_DESCRIPTIONS } from "../../src/setting-descriptions.js";
import { SETTING_GROUPS } from "../../src/setting-groups.js";

const documents = referenceDocuments(buildSchema());

test.each([...documents])(
  "docs/reference/%s is as the code says (if not, run: npm run reference)",
  (file, text) => {
    expect(readFileSync(`docs/reference/${file}`, "utf8")).toBe(text);
  },
);

test("docs/reference has no other file", () => {
  expect(readdirSync("docs/reference").sort()).toEqual([...documents.keys()].sort());
});

test("each setting is in one group", () => {
  const grouped = Object.values(SETTING_GROUPS).flat();
  expect(grouped.sort()).toEqual(Object.keys(SETTING_DESCRIPTIONS).sort());
});
