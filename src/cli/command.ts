import type { Command } from "commander";
import type { Variables } from "../production-settings.js";

/** What a command says to the shell (docs/reference/command-line.md). */
export const EXIT = {
  /** Also: in sync. */
  DONE: 0,
  /** Differences or findings. */
  DIFFERS: 1,
  /** A wrong flag, argument or setting. */
  MISUSE: 2,
  /** Unreachable, or refused. */
  REFUSED: 3,
  PARTLY: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with one sentence on standard error. It never contains a secret. */
export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    message: string,
    readonly exitCode: Exclude<ExitCode, 0> = EXIT.REFUSED,
  ) {
    super(message);
  }
}

export interface Terminal {
  readonly env: Variables;
  /** For results alone, so that they can be piped. */
  readonly stdout: Output;
  /** For progress and errors. */
  readonly stderr: Output;
}

export interface Output {
  readonly isTTY?: boolean;
  write(text: string | Uint8Array): unknown;
}

/** What a command does, given its arguments and flags as commander has parsed them. */
export type Action<Arguments extends unknown[]> = (
  context: CommandContext,
  ...args: Arguments
) => Promise<ExitCode>;

export interface CommandContext extends Terminal {
  /** Whether the result is to be JSON. */
  readonly json: boolean;
  /** Tells a person what happens. Programs get the result alone. */
  progress(sentence: string): void;
  /**
   * Writes the result.
   * @param value as JSON with `--json`
   * @param text for people
   */
  result(value: unknown, text: string): void;
}

/**
 * Adds a command of the program. Its module is loaded when it runs, so that `--help` is quick.
 * @param define declares arguments and flags, with their examples (`examples`)
 * @param load the module with the action
 */
export type AddCommand = <Arguments extends unknown[]>(
  define: (program: Command) => Command,
  load: () => Promise<Action<Arguments>>,
) => void;

/** Shown below the options. Each is run by a test of the docs or of the command. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

/** A command that has been added already, for one below it. */
export function below(program: Command, name: string): Command {
  return program.commands.find((command) => command.name() === name) as Command;
}
