import { createRequire } from "node:module";
import type SqliteDatabase from "better-sqlite3";

/**
 * better-sqlite3 13 needs Node-API 10, which Node has from 22.14 on, and crashes without; 12 crashes
 * from Node 24.19 on. So each Node has the one that it can run (ADR 0003).
 */
export const SQLITE_PACKAGE =
  Number(process.versions["napi"]) >= 10 ? "better-sqlite3-13" : "better-sqlite3";

/** Loaded when it is needed: a server on PostgreSQL may do without. */
export function sqliteDriver(): typeof SqliteDatabase {
  try {
    return createRequire(import.meta.url)(SQLITE_PACKAGE);
  } catch (error) {
    throw new Error(
      `SQLite's driver is not installed (${SQLITE_PACKAGE}): install again with a C++ compiler at hand, or set DATABASE_URL`,
      { cause: error },
    );
  }
}
