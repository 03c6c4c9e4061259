import { ERROR_CODES } from "../../src/shared/error-codes.js";
import type { Run } from "../support/shell.js";
import { jsonIn } from "./known-values.js";

/** The statuses and error codes that comments of a block name, such as `# 401`. */
export function refusalsSaidIn(code: string): string[] {
  return [...code.matchAll(/(?:^|\s)#\s*(\w+)/gm)].flatMap(([, word = ""]) =>
    word in ERROR_CODES || /^[45]\d\d$/.test(word) ? [word] : [],
  );
}

/** The statuses and GraphQL error codes of what the commands have met. */
export function refusalsOf({ output, statuses }: Run): string[] {
  const codes = jsonIn(output).flatMap((answer) =>
    "errors" in answer && Array.isArray(answer.errors)
      ? answer.errors.map(({ extensions }) => String(extensions?.code))
      : [],
  );
  return [...statuses.filter((status) => status >= 400).map(String), ...codes];
}

/** Fails if the commands have failed, or have met other refusals than the block says. */
export function judge(block: string, run: Run): void {
  const printed = `${run.output}\n${run.errors}`;
  if (run.code !== 0) throw new Error(`Exit code ${run.code}:\n${printed}`);
  judgeRefusals(block, refusalsOf(run), printed);
}

export function judgeRefusals(block: string, met: readonly string[], printed: string): void {
  const said = refusalsSaidIn(block);
  if ([...met].sort().join() === said.sort().join()) return;
  const listed = (refusals: readonly string[]) => refusals.join(", ") || "no refusal";
  throw new Error(
    `The block says ${listed(said)} in its comments, and a reader meets ${listed(met)}:\n${printed}`,
  );
}
