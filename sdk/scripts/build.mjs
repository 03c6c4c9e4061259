// Compiles sdk/src into sdk/dist. With --if-needed only when a source is newer than the last build.
// The issuer of tests is bundled with the modules of the server that it is made of: see bundle-testing.mjs.
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { distFolder } from "../../scripts/dist-folder.mjs";
import { bundleTesting } from "./bundle-testing.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = distFolder(root);
const INPUTS = ["src", "scripts", "package.json", "tsconfig.json"];

export async function buildSdk({ ifNeeded = false } = {}) {
  if (ifNeeded && isFresh()) return;
  process.stderr.write("Building the SDK…\n");
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [compiler, "-p", root, "--outDir", folder.next], {
      stdio: ["ignore", 2, 2],
    });
    const bundled = await bundleTesting(folder.next);
    folder.replace(bundled.join("\n"));
  } finally {
    folder.remove();
  }
}

function isFresh() {
  const bundled = folder.note().split("\n");
  const inputs = [...INPUTS.flatMap(entriesOf), ...bundled.map(inRoot)];
  return folder.isBuilt() && folder.isNewerThan(inputs);
}

function entriesOf(input) {
  const file = inRoot(input);
  if (!statSync(file).isDirectory()) return [file];
  // A folder is as new as the last file that was put into it, or taken out of it.
  const entries = readdirSync(file, { recursive: true });
  return [file, ...entries.map((entry) => path.join(file, entry))];
}

function inRoot(file) {
  return path.join(root, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildSdk({ ifNeeded: process.argv.includes("--if-needed") });
}
