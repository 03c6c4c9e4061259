import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { blocksOf } from "../support/markdown-blocks.js";
import { elsewhereIn, RUN_ELSEWHERE } from "./commands.js";
import { PageRun } from "./page-run.js";
import { PAGES, pageOf } from "./pages.js";

const files = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "sdk/README.md"],
  ...globSync(["docs/**/*.md", "examples/**/README.md"], {
    exclude: ["**/node_modules/**"],
  }).sort(),
];

const pages = files
  .map((file) => ({ file, blocks: blocksOf(file, "sh", "bash", "graphql") }))
  .filter(({ blocks }) => blocks.length > 0);

const here = pages.filter(({ file }) => !pageOf(file).elsewhere);

/** Each block is run as a reader would do it: see docs/adr/0040-pages-that-run.md. */
describe.each(here)("$file", ({ file, blocks }) => {
  let reader: PageRun;

  beforeAll(async () => {
    reader = await PageRun.start(file);
  });

  afterAll(() => reader?.stop());

  test.each(blocks.map((block) => ({ ...block, start: block.code.trim().split("\n")[0] })))(
    "line $line: $start",
    (block) => reader.run(block),
  );
});

test.each(pages.filter((page) => !here.includes(page)))("$file runs elsewhere", ({ file }) => {
  const text = readFileSync(pageOf(file).elsewhere ?? "", "utf8");
  expect(text).toContain(`"${file}"`);
});

test.each(Object.entries(PAGES))("the table says nothing of %s that is not there", (file, page) => {
  expect(pages.map((each) => each.file)).toContain(file);
  const text = readFileSync(file, "utf8");
  const { replace, variables, environment, servers } = page;
  const names = [replace, variables, environment, servers].flatMap((part) =>
    Object.keys(part ?? {}),
  );
  expect(names.filter((name) => !text.includes(name))).toEqual([]);
});

test.each(files)("%s calls its languages sh and graphql", (file) => {
  const others = ["shell", "console", "shell-session", "zsh", "gql"];
  expect(blocksOf(file, ...others)).toEqual([]);
});

const onPages = new Set(
  pages.flatMap(({ blocks }) => blocks.flatMap(({ code }) => elsewhereIn(code))),
);

test.each(Object.entries(RUN_ELSEWHERE))("%s runs commands of pages", (file, commands) => {
  expect(commands.filter((command) => !onPages.has(command))).toEqual([]);
  const text = readFileSync(file, "utf8");
  expect(commands.filter((command) => !text.includes(command))).toEqual([]);
});
