import type { Command } from "commander";
import { code, section, table } from "../reference/markdown.js";
import { buildProgram } from "./program.js";

const EXIT_CODES = [
  ["0", "done, or in sync"],
  ["1", "differences or findings; of `serve`, a start that cannot go on"],
  ["2", "a wrong flag, argument or setting"],
  ["3", "unreachable, or refused"],
  ["4", "done in part"],
];

const SILENT = { env: {}, stdout: { write: () => {} }, stderr: { write: () => {} } };

/** The commands, as `--help` shows them. */
export function commandLinePage(): string[] {
  const program = buildProgram(SILENT, () => {});
  return [
    "`npx countersign <command>` in a checkout after `npm run build`, or wherever the package is installed. " +
      "Commands read the same [settings](settings.md) from the environment as the server does, and run where it runs. " +
      "Secrets come from the environment or files, never as arguments.",
    "The result goes to standard output, as JSON with `--json`. Progress and errors go to standard error; an error is one " +
      "sentence. A flag that does not exist is an error.",
    section(2, "Exit codes", table(["code", "what"], EXIT_CODES)),
    ...commandsOf(program).map(([names, command]) =>
      section(
        2,
        code(["countersign", ...names].join(" ")),
        `\`\`\`text\n${helpOf(command)}\n\`\`\``,
      ),
    ),
  ];
}

function commandsOf(parent: Command, path: string[] = []): [string[], Command][] {
  return parent.commands.flatMap((command) => {
    const names = [...path, command.name()];
    return [[names, command] as [string[], Command], ...commandsOf(command, names)];
  });
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return text.trim();
}
