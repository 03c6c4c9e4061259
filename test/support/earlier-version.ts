import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** The released version that this one is an upgrade of. */
export const EARLIER_VERSION = "0.2.0";

/** Its commit; null in a checkout without history. Clones may lack tags. */
const commit =
  git("rev-parse", "--verify", "--quiet", `v${EARLIER_VERSION}^{commit}`) ||
  git("log", "-1", "--format=%H", `--grep=^Version ${EARLIER_VERSION}$`) ||
  null;

export const missingEarlierVersion =
  commit === null
    ? `the checkout has no history with version ${EARLIER_VERSION}: git fetch --unshallow --tags`
    : null;

/** Builds the earlier version from its sources, with the packages of this one. @returns the program of its server */
export function buildEarlierVersion(): string {
  const cache = path.resolve("node_modules/.cache/earlier-versions");
  const built = path.join(cache, String(commit));
  if (!existsSync(built)) {
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(path.join(tmpdir(), "countersign-earlier-"));
    const tree = path.join(folder, "tree");
    git("worktree", "add", "--detach", tree, String(commit));
    try {
      symlinkSync(path.resolve("node_modules"), path.join(tree, "node_modules"));
      execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: tree, stdio: "pipe" });
      const next = mkdtempSync(path.join(cache, "next-"));
      execFileSync("cp", [
        "-R",
        ...["dist", "package.json"].map((name) => path.join(tree, name)),
        next,
      ]);
      // Another test may have built it meanwhile.
      if (existsSync(built)) rmSync(next, { recursive: true });
      else renameSync(next, built);
    } finally {
      git("worktree", "remove", "--force", tree);
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return path.join(built, "dist/src/main.js");
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}
