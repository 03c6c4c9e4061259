import "reflect-metadata";
import SqliteDatabase, { type Database } from "better-sqlite3";
import { DataSource, type DataSourceOptions } from "typeorm";
import { entities } from "./entities.js";
import { migrations } from "./migrations/index.js";
import { SnakeCaseNamingStrategy } from "./naming-strategy.js";
import { migrationOptions, poolOptions } from "./postgres-options.js";
import { beginImmediately } from "./sqlite-connection.js";
import { traceStatements } from "./statement-spans.js";

/** A PostgreSQL URL, or the path of an SQLite file. */
export type DatabaseLocation = { url: string; poolSize?: number } | { file: string };

const SHARED_OPTIONS = {
  migrationsTransactionMode: "each" as const,
  namingStrategy: new SnakeCaseNamingStrategy(),
  // Query logs contain parameter values (ADR 0003).
  logging: false,
};

/** Holds the inner pages of the indices over a million clients and the rows read last. */
const SQLITE_CACHE_KIB = 64 * 1024;

/** A start may block while another program has locked the file. */
const STARTUP_BUSY_TIMEOUT_MS = 5_000;

export function createDataSource(location: DatabaseLocation, readonly = false): DataSource {
  const options =
    "file" in location
      ? sqliteOptions(location.file, readonly)
      : poolOptions(location.url, location.poolSize);
  return buildDataSource(options);
}

/** Names of all migrations of this version, in their order. */
export const MIGRATION_NAMES: readonly string[] = migrations.map(({ name }) => name);

/**
 * A data source without timeouts: migrations of large tables take minutes.
 * @param only names of the migrations that it knows; absent: all of them
 */
export function createMigrationDataSource(
  location: DatabaseLocation,
  only: readonly string[] = MIGRATION_NAMES,
): DataSource {
  const options =
    "file" in location ? sqliteOptions(location.file, false) : migrationOptions(location.url);
  return buildDataSource(options, only);
}

function buildDataSource(
  options: DataSourceOptions,
  only: readonly string[] = MIGRATION_NAMES,
): DataSource {
  const dataSource = new DataSource({
    ...SHARED_OPTIONS,
    migrations: migrations.filter(({ name }) => only.includes(name)),
    ...options,
    entities,
  } as DataSourceOptions);
  if (options.type === "postgres") storeDatesWithTimeZone(dataSource);
  traceStatements(dataSource);
  return dataSource;
}

function sqliteOptions(file: string, readonly: boolean): DataSourceOptions {
  return {
    type: "better-sqlite3",
    // Where this package is a dependency, TypeORM would find the release that it asks for itself.
    driver: SqliteDatabase,
    database: file,
    readonly,
    timeout: STARTUP_BUSY_TIMEOUT_MS,
    prepareDatabase: (connection: Database) => {
      connection.pragma("foreign_keys = ON");
      connection.pragma(`cache_size = -${SQLITE_CACHE_KIB}`);
      if (readonly) return;
      beginImmediately(connection);
      connection.pragma("journal_mode = WAL");
      // SQLite syncs at checkpoints only; WalSync syncs each acknowledged commit.
      connection.pragma("synchronous = NORMAL");
    },
  };
}

/** TypeORM maps `@Column({ type: Date })` to a PostgreSQL type without a time zone. */
function storeDatesWithTimeZone(dataSource: DataSource): void {
  const { driver } = dataSource;
  const normalizeType = driver.normalizeType.bind(driver);
  driver.normalizeType = (column) =>
    column.type === Date ? "timestamp with time zone" : normalizeType(column);
}
