import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

/**
 * Creates a file that a power cut leaves either whole or absent. Never replaces one that exists.
 * @throws EEXIST
 */
export function createFileDurably(file: string, contents: string, mode: number): void {
  makeDirectoryDurably(path.dirname(file));
  const temporary = `${file}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  const descriptor = openSync(temporary, "wx", mode);
  try {
    writeSync(descriptor, contents);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    // rename(2) would replace the file of another process that starts at the same moment
    linkSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncDirectory(path.dirname(file));
}

/** A directory that only its owner may enter. */
export function makeDirectoryDurably(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  // Each new directory is an entry of its parent.
  const top = path.dirname(path.resolve(first));
  for (let parent = path.dirname(path.resolve(directory)); ; parent = path.dirname(parent)) {
    syncDirectory(parent);
    if (parent === top || parent === path.dirname(parent)) return;
  }
}

/** Brings the names of new files to the disk; fsync of a file alone need not (fsync(2)). */
export function syncDirectory(directory: string): void {
  // Windows opens no directories, and writes their entries through.
  if (process.platform === "win32") return;
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
