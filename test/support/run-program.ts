import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program in a process of its own and returns its standard output. */
export async function runProgram(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(file, args, { env, timeout: 100_000 });
  return stdout;
}
