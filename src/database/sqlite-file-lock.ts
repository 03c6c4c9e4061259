import { statSync } from "node:fs";
import path from "node:path";
import SqliteDatabase from "better-sqlite3";
import { makeDirectoryDurably } from "../persistence/durable-file.js";

/**
 * Reserves an SQLite file for this process (ADR 0003) by a lock on a second file beside it. The operating
 * system releases the lock however the process ends.
 * @returns a function that releases the lock
 */
export function lockSqliteFile(file: string): () => void {
  const directory = path.dirname(file);
  makeDirectoryDurably(directory);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`DATA_DIR: ${file} is a directory, not a database: remove it`);
  }
  const lock = new SqliteDatabase(`${file}.lock`, { timeout: 0 });
  try {
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const { code } = error as { code?: string };
    if (code !== "SQLITE_BUSY") throw error;
    throw new Error(
      `DATA_DIR: another process has the SQLite database in ${directory} open, such as the server: stop it first ` +
        "(several processes need PostgreSQL)",
    );
  }
  return () => lock.close();
}
