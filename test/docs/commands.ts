import { readFileSync } from "node:fs";

/**
 * Commands of the pages that take too long here, or would change what other tests are using, and what runs them: a file
 * that contains the command.
 */
export const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  "npm ci": ".ci/run",
  "npm test": ".ci/run",
  "npm start": "test/docs/quick-start.test.ts",
};

const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync("package.json", "utf8"),
);

/** The single commands of a line; those of a script of package.json in its place, if one of them runs elsewhere. */
function commandsOf(line: string): string[] {
  return line
    .replace(/(^|\s)#.*$/, "")
    .split(" && ")
    .map((command) => command.trim())
    .flatMap((command) => {
      if (command in RUN_ELSEWHERE) return [command];
      const script = scripts[/^npm run (\S+)$/.exec(command)?.[1] ?? ""];
      const parts = script ? commandsOf(script.replaceAll(" --silent", "")) : [];
      return parts.some((part) => part in RUN_ELSEWHERE) ? parts : [command];
    });
}

/** The code without the commands that run elsewhere. */
export function withoutElsewhere(code: string): string {
  return code
    .split("\n")
    .map((line) => {
      const commands = commandsOf(line);
      const here = commands.filter((command) => !(command in RUN_ELSEWHERE));
      return here.length === commands.length ? line : here.join(" && ");
    })
    .join("\n");
}

/** Commands of the code that run elsewhere. */
export const elsewhereIn = (code: string): string[] =>
  code.split("\n").flatMap((line) => commandsOf(line).filter((command) => command in RUN_ELSEWHERE));
