// The folder dist/ of a package. A build writes beside it and takes its place at the end, so that programs that run
// from it meanwhile find what they load late.
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

/** @param {string} root of the package */
export function distFolder(root) {
  const dist = path.join(root, "dist");
  const stamp = path.join(dist, ".built");
  // Of this process alone, so that several builds at once do not write into each other's folder.
  const next = path.join(root, `dist.next-${process.pid}`);
  const former = path.join(root, `dist.former-${process.pid}`);
  const remove = () => {
    for (const folder of [next, former]) rmSync(folder, { recursive: true, force: true });
  };
  return {
    dist,
    /** Where a build writes to. */
    next,
    isBuilt: () => existsSync(stamp),
    /** What the last build has noted. */
    note: () => (existsSync(stamp) ? readFileSync(stamp, "utf8") : ""),
    /** @param {string[]} files @returns whether the last build is newer than all of them that exist */
    isNewerThan(files) {
      const timeOf = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      const built = timeOf(stamp);
      return files.every((file) => timeOf(file) < built);
    },
    replace(note = "") {
      writeFileSync(path.join(next, path.basename(stamp)), note);
      try {
        if (existsSync(dist)) renameSync(dist, former);
        renameSync(next, dist);
      } catch (error) {
        // Another build has put its own there at the same moment, from the same sources.
        const isOther = ["ENOENT", "EEXIST", "ENOTEMPTY"].includes(error.code) && existsSync(stamp);
        if (!isOther) throw error;
      } finally {
        remove();
      }
    },
    /** Removes what an unfinished build has left. */
    remove,
  };
}
