// Compiles src/ into dist/ with swc; `npm run typecheck` finds type errors. With --if-needed only when a
// source is newer than the last build.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { distFolder } from "./dist-folder.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = distFolder(root);
const INPUTS = ["package.json", ".swcrc"];

export async function build({ ifNeeded = false } = {}) {
  const problem = missing();
  // What was built elsewhere runs as it is where nothing can be built.
  if (ifNeeded && (problem ? folder.isBuilt() : isFresh())) return;
  if (problem) throw new BuildProblem(problem);
  process.stderr.write("Building…\n");
  folder.remove();
  await Promise.all(sources().map((file) => compile(file, folder.next)));
  folder.replace();
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

/** @param {string} file below the root @param {string} into a folder that takes its place */
export async function compile(file, into = folder.dist) {
  // Loaded when it is needed: an installed package is compiled already, and has no compiler.
  const { transformFile } = await import("@swc/core");
  const output = path.join(into, file.replace(/\.ts$/, ".js"));
  const { code, map } = await transformFile(path.join(root, file), {
    cwd: root,
    sourceMaps: true,
    // Stack traces need lines only, and the server keeps its maps in memory.
    inlineSourcesContent: false,
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
  const source = path.join(root, "src");
  if (!existsSync(source)) return [];
  const found = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  return ["ormconfig.ts", ...found];
}

function isFresh() {
  return folder.isBuilt() && folder.isNewerThan([...INPUTS, ...sources()].map(inRoot));
}

function inRoot(file) {
  return path.join(root, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build({ ifNeeded: process.argv.includes("--if-needed") }).catch(failWithProblem);
}
