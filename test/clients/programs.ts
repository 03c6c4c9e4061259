import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { buffer, text } from "node:stream/consumers";

/** Programs and packages are kept between runs. */
export const CACHE = `${process.cwd()}/node_modules/.cache/clients`;

export type Command = readonly string[];

export interface Programs {
  /** In test/clients. */
  folder: string;
  /** Fetches packages and builds. */
  build?: Command;
  /** Folder that `build` fills, and that spares the next one; absent: `build` knows itself what it has done. */
  packages?: string;
  /** What runs the programs, unless they run themselves. */
  runtime?: string;
}

/** A folder in the cache for what the file lists. */
export function packagesOf(file: string, name: string): string {
  const list = readFileSync(`test/clients/${file}`);
  return `${CACHE}/${name}-${createHash("sha256").update(list).digest("hex").slice(0, 8)}`;
}

/** Runs a command in the folder. @returns its exit code and what it printed; 127 if it is not installed */
export async function run([file = "", ...args]: Command, folder: string, input = "") {
  const child = spawn(file, args, { cwd: `test/clients/${folder}` });
  const exited = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code) => resolve(code ?? 1));
  });
  child.stdin.once("error", () => {});
  child.stdin.end(input);
  const output = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  return { code: await exited, output: output.join("") };
}

/** Builds the programs. @returns what is missing; null: nothing */
export async function findMissing({ folder, build, packages, runtime }: Programs) {
  if (build && !(packages && existsSync(packages))) {
    const { code, output } = await run(build, folder);
    if (code === 127) return `${build[0]} is not installed`;
    if (code !== 0) {
      // Some of the packages may be there.
      if (packages) rmSync(packages, { recursive: true, force: true });
      return `test/clients/${folder} cannot be built: ${output.trim()}`;
    }
  }
  if (runtime && (await run([runtime, "--version"], folder)).code !== 0) {
    return `${runtime} is not installed`;
  }
  return null;
}
