import { type DataSource, MigrationExecutor, type QueryRunner } from "typeorm";
import { createMigrationDataSource, type DatabaseLocation } from "../database/data-source.js";
import { loadRows } from "./load-rows.js";
import { type BackupReader, readBackup } from "./read-backup.js";
import type { Snapshot } from "./snapshot.js";
import type { Table } from "./table.js";

/** Gives tables and their rows to a reader: a backup's, or those of another database. */
export type ReadRows = (reader: Omit<BackupReader, "onManifest">) => Promise<void>;

/**
 * Makes the schema that the rows had, in an empty database, and loads them. All of it is one transaction, so that the
 * database is empty until everything is there.
 * @param migrations names of those that made the schema
 */
export async function fillDatabase(
  location: DatabaseLocation,
  migrations: readonly string[],
  readRows: ReadRows,
): Promise<void> {
  const dataSource = await createMigrationDataSource(location, migrations).initialize();
  try {
    await fill(dataSource, readRows);
  } finally {
    await dataSource.destroy();
  }
}

async function fill(dataSource: DataSource, readRows: ReadRows): Promise<void> {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  try {
    await makeSchema(dataSource, runner);
    await loadAll(runner, readRows);
    await runner.commitTransaction();
  } catch (error) {
    // SQLite ends the transaction itself when the disk is full.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => {});
    throw error;
  } finally {
    await runner.release();
  }
}

/** @throws Error if a table has other rows in the end than it was given */
async function loadAll(runner: QueryRunner, readRows: ReadRows): Promise<void> {
  const given = new Map<string, number>();
  await readRows({
    onTable: ({ name }) => void given.set(name, 0),
    onRows: async (table, rows) => {
      await loadRows(runner, table, rows);
      given.set(table.name, (given.get(table.name) ?? 0) + rows.length);
    },
  });
  for (const [name, rows] of given) {
    const [{ count }] = await runner.query(`SELECT count(*) AS count FROM "${name}"`);
    if (Number(count) !== rows) throw new Error(`the table ${name} has ${count} rows of ${rows}`);
  }
}

async function makeSchema(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  const executor = new MigrationExecutor(dataSource, runner);
  // The transaction of the runner has them.
  executor.transaction = "none";
  await executor.executePendingMigrations();
}

export function rowsOfBackup(file: string, passphrase: string | undefined): ReadRows {
  return (reader) => readBackup(file, passphrase, { ...reader, onManifest: () => {} });
}

/** @param onTable is told of each table before its rows */
export function rowsOfSnapshot(snapshot: Snapshot, onTable: (table: Table) => void): ReadRows {
  return async (reader) => {
    for (const table of snapshot.tables) {
      onTable(table);
      await reader.onTable(table);
      for await (const rows of snapshot.rows(table)) await reader.onRows(table, rows);
    }
  };
}
