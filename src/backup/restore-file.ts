import { existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { syncDirectory } from "../persistence/durable-file.js";

/** What SQLite keeps beside its file. */
const COMPANIONS = ["-wal", "-shm"];

/**
 * Puts a new SQLite file in the place of another one, which stays beside it under another name.
 * @param at names the file that is kept
 * @returns the kept file; null: there was none
 * @throws Error with a message for the operator
 */
export function replaceSqliteFile(file: string, replacement: string, at: Date): string | null {
  // SQLite closes a file without an error if it cannot bring the log into it, as on a full disk.
  if (existsSync(`${replacement}-wal`)) {
    throw new Error(`DATA_DIR: ${replacement} could not be completed: make room, and try again`);
  }
  const kept = existsSync(file) ? renamed(file, "before-restore", at) : null;
  renameSync(replacement, file);
  syncDirectory(path.dirname(file));
  return kept;
}

/** Gives the file of a database that is elsewhere now another name, so that no start opens it. @returns its new name */
export function setSqliteFileAside(file: string, at: Date): string {
  const kept = renamed(file, "moved", at);
  syncDirectory(path.dirname(file));
  return kept;
}

function renamed(file: string, reason: string, at: Date): string {
  const kept = `${file}.${reason}-${at.toISOString().replace(/[-:]|\.\d+/g, "")}`;
  for (const companion of ["", ...COMPANIONS]) {
    if (existsSync(file + companion)) renameSync(file + companion, kept + companion);
  }
  return kept;
}

export function removeSqliteFile(file: string): void {
  for (const companion of ["", ...COMPANIONS, ".lock"]) rmSync(file + companion, { force: true });
}
