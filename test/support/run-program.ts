import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program in a process of its own and returns its standard output. */
export async function runProgram(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  folder = process.cwd(),
): Promise<string> {
  const options = { env: { ...process.env, ...environment }, cwd: folder, timeout: 100_000 };
  const { stdout } = await promisify(execFile)(file, args, options);
  return stdout;
}
