import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

/**
 * Creates a file that is either complete or absent after a power cut.
 * @throws EEXIST if the file exists
 */
export function createFileDurably(file: string, contents: string, mode: number): void {
  makeDirectoryDurably(path.dirname(file));
  const temporary = `${file}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  try {
    writeDurably(temporary, contents, mode);
    // Unlike link(2), rename(2) would replace a file that another process creates at the same moment.
    linkSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncDirectory(path.dirname(file));
}

function writeDurably(file: string, contents: string, mode: number): void {
  const descriptor = openSync(file, "wx", mode);
  try {
    writeSync(descriptor, contents);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Creates a directory, and its missing parents, that only the owner can enter. */
export function makeDirectoryDurably(directory: string): void {
  const firstCreated = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (firstCreated === undefined) return;
  // The entry of each new directory is in its parent.
  const top = path.dirname(path.resolve(firstCreated));
  for (let parent = path.dirname(path.resolve(directory)); ; parent = path.dirname(parent)) {
    syncDirectory(parent);
    if (parent === top || parent === path.dirname(parent)) return;
  }
}

/** Brings new directory entries to the disk, which fsync of a file does not guarantee (fsync(2)). */
export function syncDirectory(directory: string): void {
  // Windows cannot open directories, and writes their entries at once.
  if (process.platform === "win32") return;
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
