import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { VERSION } from "../../../src/shared/version.js";

test("the version is that of package.json", () => {
  expect(JSON.parse(readFileSync("package.json", "utf8")).version).toBe(VERSION);
});
