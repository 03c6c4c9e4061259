// Compiles src/ into dist/ with swc; `npm run typecheck` finds type errors. With --if-needed only when a
// source is newer than the last build.
// dist/ is replaced at the end, so that servers that run from it meanwhile find what they load late.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, "dist");
/** Of this process alone, so that several builds at once do not write into each other's folder. */
const next = path.join(root, `dist.next-${process.pid}`);
const former = path.join(root, `dist.former-${process.pid}`);
const stamp = path.join(dist, ".built");

export async function build({ ifNeeded = false } = {}) {
  const problem = missing();
  // What was built elsewhere runs as it is where nothing can be built.
  if (ifNeeded && (problem ? existsSync(stamp) : isFresh())) return;
  if (problem) throw new BuildProblem(problem);
  process.stderr.write("Building…\n");
  rmSync(next, { recursive: true, force: true });
  await Promise.all(sources().map((file) => compile(file, next)));
  writeFileSync(path.join(next, path.basename(stamp)), "");
  replaceDist();
}

/** A sentence for whoever wants to build, instead of a stack. */
export class BuildProblem extends Error {}

function missing() {
  if (!existsSync(path.join(root, "src")))
    return "src/ is missing, which dist/ is built from: copy dist/ too";
  const hasCompiler = existsSync(path.join(root, "node_modules/@swc/core"));
  return hasCompiler ? null : NO_COMPILER;
}

const NO_COMPILER =
  "the compiler is not installed: run npm ci, or build with it (npm run build) before npm ci --omit=dev";

function replaceDist() {
  try {
    if (existsSync(dist)) renameSync(dist, former);
    renameSync(next, dist);
  } catch (error) {
    // Another build has put its own there at the same moment, from the same sources.
    if (!["ENOENT", "EEXIST", "ENOTEMPTY"].includes(error.code) || !existsSync(stamp)) throw error;
  } finally {
    for (const folder of [next, former]) rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file below the root @param {string} into a folder that takes its place */
export async function compile(file, into = dist) {
  // Loaded when it is needed: an installed package is compiled already, and has no compiler.
  const { transformFile } = await import("@swc/core");
  const output = path.join(into, file.replace(/\.ts$/, ".js"));
  const { code, map } = await transformFile(path.join(root, file), {
    cwd: root,
    sourceMaps: true,
    sourceFileName: path.relative(path.dirname(output), path.join(root, file)),
  });
  const mapName = `${path.basename(output)}.map`;
  mkdirSync(path.dirname(output), { recursive: true });
  writeFileSync(output, `${code}//# sourceMappingURL=${mapName}\n`);
  writeFileSync(path.join(path.dirname(output), mapName), map ?? "");
}

/** Ends the process with the sentence of a BuildProblem; any other error is thrown. */
export function failWithProblem(error) {
  if (!(error instanceof BuildProblem)) throw error;
  process.stderr.write(`Cannot build: ${error.message}.\n`);
  process.exit(1);
}

function sources() {
  const folder = path.join(root, "src");
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  return ["ormconfig.ts", ...found];
}

function isFresh() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built === 0) return false;
  const inputs = ["package.json", ".swcrc", ...sources()];
  return inputs.every(
    (file) => (statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0) < built,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build({ ifNeeded: process.argv.includes("--if-needed") }).catch(failWithProblem);
}
