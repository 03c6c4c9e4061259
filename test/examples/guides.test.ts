import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { blocksOf } from "../support/markdown-blocks.js";

const withoutIndentation = (code: string) => code.replace(/^[ \t]+/gm, "");

function filesOf(example: string): string[] {
  const folder = `examples/${example}`;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
    .map(({ parentPath, name }) => readFileSync(`${parentPath}/${name}`, "utf8"));
}

describe("the guides", () => {
  test("the quick start shows the programs of express-api as they are", () => {
    const [api, job, ...others] = blocksOf("docs/quick-start.md", "js", "ts");
    expect(api?.code).toBe(readFileSync("examples/express-api/api.mjs", "utf8"));
    expect(job?.code).toBe(readFileSync("examples/express-api/job.mjs", "utf8"));
    expect(others).toEqual([]);
  });

  test.each([
    ["docs/rotating-secrets.md", "express-api", 1],
    ["docs/sessions.md", "supabase-sessions", 2],
    ["docs/workloads.md", "github-actions", 2],
  ])("the code of %s is that of the example %s", (guide, example, count) => {
    const files = filesOf(example).map(withoutIndentation);
    const shown = blocksOf(guide, "js", "ts", "yaml").map(({ code }) => withoutIndentation(code));
    expect(shown.filter((code) => !files.some((file) => file.includes(code)))).toEqual([]);
    expect(shown).toHaveLength(count);
  });

  test("the guide to customers shows how customer-credentials manages the keys of a user", () => {
    const [backEnd] = blocksOf("docs/customers-manage-clients.md", "ts");
    expect(backEnd?.code).toBe(readFileSync("examples/customer-credentials/keys.ts", "utf8"));
  });
});

describe("the workflow for GitHub Actions", () => {
  const text = readFileSync("examples/github-actions/.github/workflows/report.yml", "utf8");
  const workflow = parse(text);

  test("may ask for an id token, and do nothing else", () => {
    expect(workflow.permissions).toEqual({ contents: "read", "id-token": "write" });
    expect(workflow.on).toEqual({ push: { branches: ["main"] } });
  });

  test("has no secret, and runs the program with variables of the repository", () => {
    expect(text).not.toContain("secrets.");
    const { steps } = workflow.jobs.report;
    const { run, env } = steps.at(-1);
    expect(run).toBe("node report.mjs");
    expect(Object.keys(env)).toEqual(["COUNTERSIGN_ISSUER", "API_AUDIENCE", "API_URL"]);
    for (const [name, value] of Object.entries(env)) expect(value).toBe(`\${{ vars.${name} }}`);
    for (const { uses } of steps.filter((step: { uses?: string }) => step.uses)) {
      expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
    }
  });
});
