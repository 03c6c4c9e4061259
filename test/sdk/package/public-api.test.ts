import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { publicApiAsMarkdown } from "../../../sdk/scripts/public-api.mjs";

test("what the SDK exports is what sdk/api.md says (npm run reference)", () => {
  expect(publicApiAsMarkdown()).toBe(readFileSync("sdk/api.md", "utf8"));
});
