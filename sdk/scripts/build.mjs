// Compiles sdk/src into sdk/dist. With --if-needed only when a source is newer than the last build.
// The issuer of tests is bundled with the modules of the server that it is made of: see bundle-testing.mjs.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundleTesting } from "./bundle-testing.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, "dist");
/** Of this process alone, so that several builds at once do not write into each other's folder. */
const next = path.join(root, `dist.next-${process.pid}`);
const stamp = path.join(dist, ".built");
const INPUTS = ["src", "scripts", "package.json", "tsconfig.json"];

export async function buildSdk({ ifNeeded = false } = {}) {
  if (ifNeeded && isFresh()) return;
  process.stderr.write("Building the SDK…\n");
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [compiler, "-p", root, "--outDir", next], {
      stdio: ["ignore", 2, 2],
    });
    const bundled = await bundleTesting(next);
    writeFileSync(path.join(next, path.basename(stamp)), bundled.join("\n"));
    rmSync(dist, { recursive: true, force: true });
    renameSync(next, dist);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  const bundled = readFileSync(stamp, "utf8")
    .split("\n")
    .map((file) => path.join(root, file));
  return [...INPUTS.flatMap(entriesOf), ...bundled].every((file) => {
    return existsSync(file) && statSync(file).mtimeMs < built;
  });
}

function entriesOf(input) {
  const file = path.join(root, input);
  if (!statSync(file).isDirectory()) return [file];
  // A folder is as new as the last file that was put into it, or taken out of it.
  const entries = readdirSync(file, { recursive: true });
  return [file, ...entries.map((entry) => path.join(file, entry))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildSdk({ ifNeeded: process.argv.includes("--if-needed") });
}
