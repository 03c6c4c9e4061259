import type { DataSource } from "typeorm";
import type { DatabaseLocation } from "../database/data-source.js";
import { openPostgresSnapshot } from "./postgres-snapshot.js";
import type { Snapshot } from "./snapshot.js";
import { openSqliteSnapshot } from "./sqlite-snapshot.js";

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
