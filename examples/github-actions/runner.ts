// A stand-in for GitHub's runner: it runs the shell steps of the workflow as it stands.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Run, Stage } from "../support/stage.ts";

interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, { environment: string; steps: Step[] }>;
}

interface Step {
  run?: string;
  env?: Record<string, string>;
}

export function readWorkflow() {
  const file = new URL(".github/workflows/report.yml", import.meta.url);
  const { permissions, jobs }: Workflow = parse(readFileSync(file, "utf8"));
  const { environment = "", steps = [] } = jobs["report"] ?? {};
  return { environment, steps, asksForIdToken: permissions?.["id-token"] === "write" };
}

/**
 * @param variables of the repository
 * @param ofRunner what GitHub adds
 * @returns how the last step ended
 */
export async function runSteps(
  stage: Stage,
  steps: Step[],
  variables: Record<string, string>,
  ofRunner: Record<string, string>,
): Promise<Run> {
  let last: Run = { code: 0, lines: [] };
  for (const { run, env = {} } of steps) {
    // The repository is checked out, and its packages are installed.
    if (!run || run === "npm ci") continue;
    const settings = { ...ofRunner };
    for (const [name, value] of Object.entries(env)) {
      settings[name] = value.replace(/\$\{\{ vars\.(\w+) \}\}/, (_, key) => variables[key] ?? "");
    }
    last = await stage.run("job", ["bash", "-e", "-c", run], settings);
    if (last.code !== 0) break;
  }
  return last;
}
