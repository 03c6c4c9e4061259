import type { DataSource } from "typeorm";
import type { DatabaseLocation } from "../database/data-source.js";
import { openPostgresSnapshot } from "./postgres-snapshot.js";
import { openSqliteSnapshot } from "./sqlite-snapshot.js";
import type { Table, Value } from "./table.js";

/** All tables as they were at one moment, while others may write on. */
export interface Snapshot {
  database: "SQLite" | "PostgreSQL";
  /** Names of the migrations that made the schema, in their order. */
  migrations: readonly string[];
  /** Parents before what refers to them. */
  tables: readonly Table[];
  count(table: Table): Promise<number>;
  /** Batches of rows, with their values in the order of the columns. */
  rows(table: Table): AsyncIterable<readonly (readonly Value[])[]>;
}

/**
 * Reads a database at one moment. Nothing is locked.
 * @param dataSource of `openForReading`; it is closed by the caller
 */
export async function withSnapshot<T>(
  location: DatabaseLocation,
  dataSource: DataSource,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const open = "file" in location ? openSqliteSnapshot : openPostgresSnapshot;
  const { snapshot, close } = await open(dataSource);
  try {
    return await work(snapshot);
  } finally {
    await close();
  }
}
