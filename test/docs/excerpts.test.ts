import { globSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { blocksOf } from "../support/markdown-blocks.js";

interface Excerpts {
  page: string;
  languages: readonly string[];
  /** Programs that other tests run. */
  of: readonly string[];
  /** How many blocks of these languages the page has. */
  count: number;
  /** The page leaves lines out, such as comments. */
  abridged?: true;
}

const inFolder = (folder: string, ...names: string[]) => names.map((name) => `${folder}/${name}`);
const typedClient = (language: string, ...names: string[]) =>
  inFolder(`examples/typed-clients/${language}`, ...names);

const EXCERPTS: readonly Excerpts[] = [
  {
    page: "docs/quick-start.md",
    languages: ["js"],
    of: inFolder("examples/express-api", "*.mjs"),
    count: 2,
  },
  {
    page: "docs/rotating-secrets.md",
    languages: ["ts"],
    of: inFolder("examples/express-api", "*.ts"),
    count: 1,
  },
  {
    page: "docs/sessions.md",
    languages: ["ts"],
    of: inFolder("examples/supabase-sessions", "*.ts"),
    count: 2,
  },
  {
    page: "docs/workloads.md",
    languages: ["js", "yaml"],
    of: inFolder("examples/github-actions", "*.mjs", ".github/workflows/*.yml"),
    count: 2,
  },
  {
    page: "docs/agents-and-mcp.md",
    languages: ["ts", "python", "graphql"],
    of: inFolder("examples/mcp", "*.ts", "*.py"),
    count: 11,
  },
  {
    page: "docs/resource-servers.md",
    languages: ["js", "python", "go", "java", "rust"],
    of: inFolder(
      "test/clients",
      "typescript/verifiers/*.mjs",
      "python/verify_tokens.py",
      "go/verify-tokens/main.go",
      "java/VerifyTokens.java",
      "rust/src/bin/verify-tokens.rs",
    ),
    count: 6,
  },
  {
    page: "docs/typed-clients.md",
    languages: ["go", "yaml"],
    of: typedClient("go", "*.go", "*.yaml"),
    count: 3,
    abridged: true,
  },
  {
    page: "docs/typed-clients.md",
    languages: ["python", "toml"],
    of: typedClient("python", "*.py", "*.toml"),
    count: 3,
    abridged: true,
  },
  {
    page: "docs/typed-clients.md",
    languages: ["rust"],
    of: typedClient("rust", "src/*.rs"),
    count: 2,
    abridged: true,
  },
  {
    page: "docs/typed-clients.md",
    languages: ["java", "xml"],
    of: typedClient("java", "pom.xml", "src/main/java/example/*.java"),
    count: 2,
    abridged: true,
  },
];

/** Without what differs between a page and a file: indentation, alignment, and where the SDK's files are. */
const linesOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => line.trim().replace(/\s+/g, " ").replace("../../../sdk/", ""));

function isExcerpt(shown: readonly string[], file: readonly string[], abridged = false): boolean {
  if (!abridged) return `\n${file.join("\n")}\n`.includes(`\n${shown.join("\n")}\n`);
  let next = 0;
  for (const line of file) if (line === shown[next]) next++;
  return next === shown.length;
}

test.each(EXCERPTS)("$page shows $languages of programs that run", (excerpts) => {
  const files = globSync([...excerpts.of]).map((file) => linesOf(readFileSync(file, "utf8")));
  const blocks = blocksOf(excerpts.page, ...excerpts.languages).map(({ code }) => code);
  const others = blocks.filter(
    (code) => !files.some((file) => isExcerpt(linesOf(code), file, excerpts.abridged)),
  );
  expect(others).toEqual([]);
  expect(blocks).toHaveLength(excerpts.count);
});

test.each([
  ["docs/quick-start.md", 0, "examples/express-api/api.mjs"],
  ["docs/quick-start.md", 1, "examples/express-api/job.mjs"],
  ["docs/customers-manage-clients.md", 0, "examples/customer-credentials/keys.ts"],
])("%s: its program %i is the whole of %s", (page, index, file) => {
  expect(blocksOf(page, "js", "ts")[index]?.code).toBe(readFileSync(file, "utf8"));
});
