import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { declarationOf } from "./declaration.js";
import { differences, readDeclaration, writeDeclaration } from "./declaration-file.js";
import { EXIT, Failure } from "./failure.js";
import { readProjectTypes } from "./project-types.js";
import { readSettings } from "./settings.js";

const HELP = `countersign-typegen [--out FILE] [--check] [--json]

Writes the APIs, scopes and claims of a project as types for @countersign/sdk.

  --out FILE  the file to write; countersign.d.ts if absent
  --check     write nothing, exit with 1 if the file differs from the project
  --json      print the result as JSON
  --help, --version

Environment: COUNTERSIGN_URL, COUNTERSIGN_PROJECT_ID, and COUNTERSIGN_SECRET or COUNTERSIGN_SECRET_FILE.
COUNTERSIGN_ALLOW_INSECURE_HTTP=true allows http for other hosts than this machine.
The management key needs the permissions apis:read and settings:read.
Exit codes: 0 done, 1 the file differs, 2 misuse, 3 the server is unreachable or refuses.
`;

const MAX_DIFFERENCES = 20;

/** Where the command writes to: results for programs, sentences for people. */
interface Output {
  result(text: string): void;
  sentence(text: string): void;
}

/** @returns the exit code */
export async function runTypegen(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<number> {
  try {
    const options = parse(args);
    if (options.help) output.result(HELP);
    else if (options.version) output.result(`${version()}\n`);
    else return await generate(options, env, output);
    return EXIT.DONE;
  } catch (error) {
    output.sentence((error as Error).message);
    // 1 would say that the file differs.
    return error instanceof Failure ? error.exitCode : EXIT.REFUSED;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        out: { type: "string", default: "countersign.d.ts" },
        check: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
        version: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new Failure(EXIT.MISUSE, `${(error as Error).message}\n\n${HELP}`);
  }
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function generate(
  { out, check, json }: ReturnType<typeof parse>,
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<number> {
  const project = await readProjectTypes(await readSettings(env));
  const { text, counts } = declarationOf(project);
  const before = await readDeclaration(out);
  const isSame = before === text;
  if (!isSame && !check) await writeDeclaration(out, text);
  const status = isSame ? "UNCHANGED" : check ? "DIFFERENT" : "WRITTEN";
  if (json) {
    output.result(
      `${JSON.stringify({ file: out, status, project: project.projectId, ...counts })}\n`,
    );
  }
  if (status === "DIFFERENT") {
    output.sentence(`${out} ${before === null ? "does not exist" : "differs from the project"}.`);
    const lines = differences(before ?? "", text);
    for (const line of lines.slice(0, MAX_DIFFERENCES)) output.sentence(line);
    if (lines.length > MAX_DIFFERENCES) output.sentence(`… ${lines.length - MAX_DIFFERENCES} more`);
    output.sentence("Run countersign-typegen to write it.");
    return EXIT.DIFFERENT;
  }
  const { apis, scopes, claims, sessionClaims } = counts;
  output.sentence(
    `${out} ${isSame ? "is up to date" : "is written"}: ${counted(apis, "API")}, ${counted(scopes, "scope")}, ${counted(claims, "claim")} of access tokens, ${sessionClaims} of sessions.`,
  );
  return EXIT.DONE;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
