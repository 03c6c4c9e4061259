import type { Database } from "better-sqlite3";
import type { DataSource } from "typeorm";

/** The driver's connection, of which TypeORM has one per SQLite data source. */
export function connectionOf({ driver }: DataSource): Database {
  return (driver as unknown as { databaseConnection: Database }).databaseConnection;
}

/**
 * Makes transactions take the write lock when they begin. TypeORM begins a deferred transaction, which takes
 * the lock at its first write. That write fails midway if another program has the lock.
 */
export function beginImmediately(connection: Database): void {
  const prepare = connection.prepare.bind(connection) as (sql: string) => unknown;
  connection.prepare = ((sql: string) =>
    prepare(
      sql === "BEGIN TRANSACTION" ? "BEGIN IMMEDIATE TRANSACTION" : sql,
    )) as Database["prepare"];
}

/**
 * Makes a statement fail at once while another program has locked the file, instead of blocking the event
 * loop. Only the beginning of a unit of work meets such a lock: in WAL mode reads need none.
 */
export function neverWaitForLocks(connection: Database): void {
  connection.pragma("busy_timeout = 0");
}
