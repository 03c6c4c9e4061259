/**
 * Commands of the pages that take too long here, or would change what other tests are using, and what runs them: a file
 * that contains the command.
 */
export const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  "npm ci": ".ci/run",
  "npm test": ".ci/run",
  "npm start": "test/docs/quick-start.test.ts",
  "npm run example:mcp": "test/clients/mcp-example.test.ts",
  "npm run example:express-api": "test/examples/stories.test.ts",
  "npm run example:customer-credentials": "test/examples/stories.test.ts",
  "npm run example:supabase-sessions": "test/examples/stories.test.ts",
  "npm run example:github-actions": "test/examples/stories.test.ts",
  ...runBy("test/typed-clients/go.test.ts", ["go generate ./...", "go run . manage"]),
  ...runBy("test/typed-clients/python.test.ts", [
    "python3 -m venv .venv",
    ". .venv/bin/activate",
    "pip install -r requirements.txt",
    "cp -r ../../../sdk/schema/documents/. documents/countersign",
    "python3 -m ariadne_codegen",
    "python3 main.py manage",
  ]),
};

function runBy(file: string, commands: readonly string[]): Record<string, string> {
  return Object.fromEntries(commands.map((command) => [command, file]));
}

/** The single commands of a line. */
const commandsOf = (line: string): string[] =>
  line
    .replace(/(^|\s)#.*$/, "")
    .split(" && ")
    .map((command) => command.trim());

const isElsewhere = (command: string) => command in RUN_ELSEWHERE;

/** The code without the commands that run elsewhere. */
export function withoutElsewhere(code: string): string {
  return code
    .split("\n")
    .map((line) => {
      const commands = commandsOf(line);
      const here = commands.filter((command) => !isElsewhere(command));
      return here.length === commands.length ? line : here.join(" && ");
    })
    .join("\n");
}

/** Commands of the code that run elsewhere. */
export const elsewhereIn = (code: string): string[] =>
  code.split("\n").flatMap(commandsOf).filter(isElsewhere);
