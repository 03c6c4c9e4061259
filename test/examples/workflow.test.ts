import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";

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
