import { type DataSource, MigrationExecutor, type QueryRunner } from "typeorm";
import { createMigrationDataSource, type DatabaseLocation } from "../database/data-source.js";
import { loadRows } from "./load-rows.js";
import { type BackupReader, readBackup } from "./read-backup.js";

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
    await readRows({
      onTable: () => {},
      onRows: (table, rows) => loadRows(runner, table, rows),
    });
    await runner.commitTransaction();
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
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
