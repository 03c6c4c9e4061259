import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
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

/**
 * Creates a directory, and its missing parents, that only the owner can enter.
 * @throws ENOTDIR if a part of its path is a file
 */
export function makeDirectoryDurably(directory: string): void {
  const missing: string[] = [];
  let existing = path.resolve(directory);
  // Where the system lets nobody create directories, such as in /proc, `recursive: true` never returns.
  for (let found = find(existing); !found?.isDirectory(); found = find(existing)) {
    if (found) throw Object.assign(new Error("not a directory"), { code: "ENOTDIR" });
    missing.unshift(existing);
    existing = path.dirname(existing);
  }
  for (const name of missing) makeDirectory(name);
  // The entry of each new directory is in its parent.
  for (const name of missing.reverse()) syncDirectory(path.dirname(name));
}

function makeDirectory(name: string): void {
  try {
    mkdirSync(name, { mode: 0o700 });
  } catch (error) {
    // Another process may create it at the same moment.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function find(name: string) {
  try {
    return statSync(name, { throwIfNoEntry: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR") return undefined;
    throw error;
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
