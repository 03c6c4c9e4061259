import { runProgram } from "../../src/cli/program.js";

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a command in this process, as the program `countersign` does. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    write: (text: string | Uint8Array) => {
      written[name] += Buffer.from(text as string).toString();
    },
  });
  const exitCode = await runProgram(args, {
    env,
    stdout: output("stdout"),
    stderr: output("stderr"),
  });
  return { exitCode, ...written };
}
