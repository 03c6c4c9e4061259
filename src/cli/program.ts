import { Command, CommanderError } from "commander";
import { ConfigError } from "../config.js";
import { VERSION } from "../shared/version.js";
import {
  type AddCommand,
  type CommandContext,
  CommandError,
  EXIT,
  type ExitCode,
  type Terminal,
} from "./command.js";
import { backup } from "./commands/backup.js";
import { backupVerify } from "./commands/backup-verify.js";
import { doctor } from "./commands/doctor.js";
import { moveDatabase } from "./commands/move-database.js";
import { recoverKey } from "./commands/recover-key.js";
import { restore } from "./commands/restore.js";
import { serve } from "./commands/serve.js";
import { upgradeCheck } from "./commands/upgrade-check.js";

/** Each adds one command, in the order of the help. */
const COMMANDS: readonly ((add: AddCommand) => void)[] = [
  serve,
  doctor,
  backup,
  backupVerify,
  restore,
  moveDatabase,
  upgradeCheck,
  recoverKey,
];

/** Runs the command that the arguments name. @returns the code to exit with */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.DONE;
  const program = buildProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return report(error, terminal);
  }
}

/** @param onExit receives the exit code of the command that ran */
export function buildProgram(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  const program = new Command("countersign")
    .description("Self-hosted machine-to-machine authentication server")
    .version(VERSION, "-V, --version")
    .showHelpAfterError("Run it with --help for what it takes.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  const add: AddCommand = (define, load) => {
    const command = define(program)
      .option("--json", "print the result as JSON")
      .action(async (...parsed) => {
        // Commander passes arguments, flags, and the command itself.
        const given = parsed.slice(0, -1) as never;
        const run = await load();
        onExit(await run(contextOf(terminal, command.opts()), ...(given as never)));
      });
  };
  for (const addTo of COMMANDS) addTo(add);
  return program;
}

function contextOf(terminal: Terminal, { json = false }: { json?: boolean }): CommandContext {
  return {
    ...terminal,
    json,
    progress: (sentence) => terminal.stderr.write(`${printable(sentence)}\n`),
    result: (value, text) =>
      terminal.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${printable(text)}\n`),
  };
}

/** Names in a database and answers of other servers must not control the terminal, or reorder what it shows. */
const printable = (text: string) => text.replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");

/** Commander has told its own errors already. */
function report(error: unknown, { stderr }: Terminal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.DONE : EXIT.MISUSE;
  const { message } = Object(error) as Partial<Error>;
  stderr.write(`${printable(String(message ?? error))}\n`);
  if (error instanceof CommandError) return error.exitCode;
  return error instanceof ConfigError ? EXIT.MISUSE : EXIT.REFUSED;
}
