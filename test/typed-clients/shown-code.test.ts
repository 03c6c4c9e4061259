import { globSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { blocksOf } from "../support/markdown-blocks.js";

/** Lines without what differs between a page and a file: indentation and alignment, and where the SDK's files are. */
const linesOf = (text: string) =>
  text.split("\n").map((line) => line.trim().replace(/\s+/g, " ").replace("../../../sdk/", ""));

function linesOfExample(language: string): Set<string> {
  const folder = `examples/typed-clients/${language}`;
  const files = globSync([`${folder}/*.{go,yaml,py,toml,xml}`, `${folder}/src/**/*.{rs,java}`]);
  return new Set(files.flatMap((file) => linesOf(readFileSync(file, "utf8"))));
}

test.each([
  { language: "go", blocks: ["go", "yaml"] },
  { language: "python", blocks: ["python", "toml"] },
  { language: "rust", blocks: ["rust"] },
  { language: "java", blocks: ["java", "xml"] },
])("the guide shows the code of the example in $language", ({ language, blocks }) => {
  const shown = blocksOf("docs/typed-clients.md", ...blocks).flatMap(({ code }) => linesOf(code));
  const example = linesOfExample(language);
  expect(shown.filter((line) => !example.has(line))).toEqual([]);
  expect(shown.length).toBeGreaterThan(10);
});
