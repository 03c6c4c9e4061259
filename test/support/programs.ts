import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { buffer, text } from "node:stream/consumers";

/** Programs and packages are kept between runs. */
export const CACHE = `${process.cwd()}/node_modules/.cache/clients`;

export type Command = readonly string[];

export interface Programs {
  folder: string;
  /** Builds what knows itself what it has done. */
  build?: Command;
  /** Folder of packages, and what fills a folder with them if there are none. */
  packages?: { folder: string; fetch(folder: string): Command };
  /** What runs the programs, unless they run themselves. */
  runtime?: string;
}

/** A folder in the cache for what the file lists. */
export function packagesOf(file: string, name: string): string {
  const list = readFileSync(file);
  return `${CACHE}/${name}-${createHash("sha256").update(list).digest("hex").slice(0, 8)}`;
}

/** Runs a command in the folder. @returns its exit code and what it printed; 127 if it is not installed */
export async function run(
  [file = "", ...args]: Command,
  folder: string,
  input = "",
  environment: Readonly<Record<string, string>> = {},
) {
  const child = spawn(file, args, { cwd: folder, env: { ...process.env, ...environment } });
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
  const problem =
    (build && (await findProblem(build, folder))) ??
    (packages && (await fetchOnce(packages, folder)));
  if (problem) return problem;
  if (runtime && (await run([runtime, "--version"], folder)).code !== 0) {
    return `${runtime} is not installed`;
  }
  return null;
}

/** Test files that run at once may fetch the same packages: each into a folder of its own, one of which stays. */
async function fetchOnce(packages: NonNullable<Programs["packages"]>, folder: string) {
  if (existsSync(packages.folder)) return null;
  const next = `${packages.folder}.${process.pid}`;
  try {
    const problem = await findProblem(packages.fetch(next), folder);
    if (!problem) renameSync(next, packages.folder);
    return problem;
  } catch (error) {
    if (!existsSync(packages.folder)) throw error;
    return null;
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

async function findProblem(build: Command, folder: string) {
  const { code, output } = await run(build, folder);
  if (code === 127) return `${build[0]} is not installed`;
  return code === 0 ? null : `${folder} cannot be built: ${output.trim()}`;
}
