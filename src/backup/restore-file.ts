import { existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { syncDirectory } from "../persistence/durable-file.js";

/** What SQLite keeps beside its file. */
const COMPANIONS = ["-wal", "-shm"];

/**
 * Puts a new SQLite file in the place of another one, which stays beside it under another name.
 * @param at names the file that is kept
 * @returns the kept file; null: there was none
 */
export function replaceSqliteFile(file: string, replacement: string, at: Date): string | null {
  const kept = `${file}.before-restore-${at.toISOString().replace(/[-:]|\.\d+/g, "")}`;
  const isKept = existsSync(file);
  for (const companion of ["", ...COMPANIONS]) {
    if (existsSync(file + companion)) renameSync(file + companion, kept + companion);
  }
  renameSync(replacement, file);
  syncDirectory(path.dirname(file));
  return isKept ? kept : null;
}

export function removeSqliteFile(file: string): void {
  for (const companion of ["", ...COMPANIONS, ".lock"]) rmSync(file + companion, { force: true });
}
