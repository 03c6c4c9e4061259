// Bundles the explorer into explorer/dist: index.html, and below files/ what it loads, under names with a hash.
// --if-needed: only when a source is newer than the last build. --in-background: at the lowest priority and without
// a word unless it fails.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { distFolder } from "../../scripts/dist-folder.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = distFolder(root);
/** While it is there, the server says that the explorer could not be built. */
const problemFile = path.join(root, "build-problem.txt");
const INPUTS = ["package.json", "tsconfig.json", "../src/graphql/explorer-document.ts"];

const WORKERS = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
};

export async function buildExplorer({ ifNeeded = false, inBackground = false } = {}) {
  const hasTools = existsSync(path.join(root, "../node_modules/graphiql"));
  // What was built elsewhere stays where nothing can be built.
  if (ifNeeded && folder.isBuilt() && (!hasTools || folder.isNewerThan(sources()))) return;
  if (!inBackground) process.stderr.write("Building the explorer…\n");
  rmSync(problemFile, { force: true });
  try {
    if (!hasTools)
      throw new Error("The packages that it is made of are not installed: run npm ci.");
    await bundle();
    folder.replace();
  } catch (error) {
    writeFileSync(problemFile, `${error.message}\n`);
    throw error;
  } finally {
    folder.remove();
  }
}

async function bundle() {
  const { build } = await import("esbuild");
  const files = path.join(folder.next, "files");
  const shared = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    outdir: files,
    target: "es2023",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    legalComments: "none",
    metafile: true,
    logLevel: "silent",
  };
  // A worker of its own each, without imports that it would have to fetch first.
  const workers = await build({ ...shared, format: "iife", entryPoints: WORKERS });
  const nameOf = ({ metafile }, name, extension) =>
    Object.keys(metafile.outputs)
      .map((file) => path.basename(file))
      .find((file) => file.startsWith(`${name}-`) && file.endsWith(extension));
  const workerNames = Object.keys(WORKERS).map((name) => [name, nameOf(workers, name, ".js")]);
  const page = await build({
    ...shared,
    format: "esm",
    splitting: true,
    entryPoints: { explorer: "src/main.tsx", icon: "src/icon.svg" },
    loader: { ".ttf": "file", ".svg": "copy" },
    define: {
      "process.env.NODE_ENV": '"production"',
      WORKER_FILES: JSON.stringify(Object.fromEntries(workerNames)),
    },
  });
  const html = readFileSync(path.join(root, "src/index.html"), "utf8")
    .replace("{{script}}", nameOf(page, "explorer", ".js"))
    .replace("{{icon}}", nameOf(page, "icon", ".svg"))
    .replace("{{style}}", nameOf(page, "explorer", ".css"));
  writeFileSync(path.join(folder.next, "index.html"), html);
  writeLicenses([workers, page], path.join(folder.next, "licenses.txt"));
  await compress(files);
}

/** For browsers that are not on this machine. */
async function compress(files) {
  const names = readdirSync(files).filter((name) => !name.endsWith(".gz"));
  await Promise.all(
    names.map(async (name) => {
      const file = path.join(files, name);
      writeFileSync(`${file}.gz`, await promisify(gzip)(readFileSync(file)));
    }),
  );
}

/** The licenses of the packages in the bundles, which each asks to go along. */
function writeLicenses(builds, into) {
  const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const found = inputs.flatMap((file) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  const texts = [...new Set(found)].sort().flatMap((name) => {
    const packageFolder = path.join(root, name);
    const license = readdirSync(packageFolder).find((file) => /^licen[cs]e/i.test(file));
    const { name: id, license: kind } = JSON.parse(
      readFileSync(path.join(packageFolder, "package.json"), "utf8"),
    );
    const text = license ? readFileSync(path.join(packageFolder, license), "utf8").trim() : kind;
    return `${id}\n\n${text}\n`;
  });
  mkdirSync(path.dirname(into), { recursive: true });
  writeFileSync(into, texts.join("\n\n"));
}

function sources() {
  const within = ["src", "scripts"].flatMap((name) =>
    readdirSync(path.join(root, name), { recursive: true }).map((file) => path.join(name, file)),
  );
  return [...INPUTS, "src", "scripts", ...within].map((file) => path.join(root, file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const inBackground = process.argv.includes("--in-background");
  if (inBackground) {
    setPriority(constants.priority.PRIORITY_LOW);
    // The server lets only its own user read what it writes, which this is not about.
    process.umask(0o022);
  }
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      folder.remove();
      process.exit(1);
    });
  }
  await buildExplorer({ ifNeeded: process.argv.includes("--if-needed"), inBackground }).catch(
    ({ message }) => {
      process.stderr.write(`Cannot build the explorer: ${message}\n`);
      process.exit(1);
    },
  );
}
