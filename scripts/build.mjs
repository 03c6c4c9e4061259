// Compiles src/ into dist/. With --if-needed only when a source is newer than the last build.
// dist/ is replaced at the end, so that servers that run from it meanwhile find what they load late.
import { spawnSync } from "node:child_process";
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, "dist");
const next = path.join(root, "dist.next");
const stamp = path.join(dist, ".built");

export function build({ ifNeeded = false } = {}) {
  if (ifNeeded && isFresh()) return;
  rmSync(next, { recursive: true, force: true });
  const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const args = [tsc, "-p", "tsconfig.build.json", "--outDir", next];
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(path.join(next, path.basename(stamp)), "");
  rmSync(dist, { recursive: true, force: true });
  renameSync(next, dist);
}

function isFresh() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built === 0) return false;
  const inputs = ["ormconfig.ts", "package.json", "tsconfig.json", "tsconfig.build.json"].map(
    (name) => path.join(root, name),
  );
  const sources = readdirSync(path.join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return [...inputs, ...sources].every(
    (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs < built,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  build({ ifNeeded: process.argv.includes("--if-needed") });
}
