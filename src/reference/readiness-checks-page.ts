import { CHECK_LEVELS, type CheckDescription } from "../readiness/check.js";
import { code, section } from "./markdown.js";

const LEVELS = { ERROR: "Errors", WARNING: "Warnings", NOTICE: "Notices" } as const;

export function readinessChecksPage(checks: readonly CheckDescription[]): string[] {
  return [
    `What \`readinessChecks\` and \`countersign doctor\` look at: ${checks.length} checks. [Readiness](../operations/readiness.md) tells how to ask, and how to accept a finding.`,
    ...CHECK_LEVELS.map((level) =>
      section(2, LEVELS[level], ...checks.filter((check) => check.level === level).map(describe)),
    ),
  ];
}

const describe = ({ id, what, why, whatToDo, docs }: CheckDescription) =>
  section(3, code(id), `**${what}.** ${why}`, `${whatToDo} [More](../${docs})`);
