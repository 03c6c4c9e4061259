/**
 * Commands of the pages that take too long here, or would change what other tests are using, by what runs them: a file
 * that contains the command.
 */
export const RUN_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  ".ci/run": ["npm ci", "npm test"],
  "test/docs/quick-start.test.ts": ["npm start"],
  "test/operations/guides.sqlite.test.ts": [
    "countersign recover-key",
    "export MASTER_KEY=$(openssl rand -base64 32)",
    "countersign recover-key --signing-keys",
    "countersign backup verify countersign.backup",
    "countersign restore countersign.backup",
  ],
  "test/clients/mcp-example.test.ts": ["npm run example:mcp"],
};

const elsewhere = new Set(Object.values(RUN_ELSEWHERE).flat());

/** The single commands of a line. */
const commandsOf = (line: string): string[] =>
  line
    .replace(/(^|\s)#.*$/, "")
    .split(" && ")
    .map((command) => command.trim());

/** The code without the commands that run elsewhere. */
export function withoutElsewhere(code: string): string {
  return code
    .split("\n")
    .map((line) => {
      const commands = commandsOf(line);
      const here = commands.filter((command) => !elsewhere.has(command));
      return here.length === commands.length ? line : here.join(" && ");
    })
    .join("\n");
}

/** Commands of the code that run elsewhere. */
export const elsewhereIn = (code: string): string[] =>
  code
    .split("\n")
    .flatMap(commandsOf)
    .filter((command) => elsewhere.has(command));
