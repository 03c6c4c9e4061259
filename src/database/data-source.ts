import "reflect-metadata";
import path from "node:path";
import SqliteDatabase from "better-sqlite3";
import { DataSource, type DataSourceOptions } from "typeorm";
import { makeDirectoryDurably } from "../persistence/durable-file.js";
import { UnitOfWork } from "../persistence/unit-of-work.js";
import { entities } from "./entities.js";
import { assertKnownSchema } from "./known-schema.js";
import { migrations } from "./migrations/index.js";
import { SnakeCaseNamingStrategy } from "./naming-strategy.js";
import {
  migrationOptions,
  poolOptions,
  withAdvisoryLock,
  withTryAdvisoryLock,
} from "./postgres.js";
import { SqliteTransactionGuard } from "./sqlite-transaction-guard.js";
import { WalSync } from "./wal-sync.js";

/** A PostgreSQL URL, or the path of an SQLite file. */
export type DatabaseLocation = { url: string; poolSize?: number } | { file: string };

export interface Database {
  unitOfWork: UnitOfWork;
  /** Does this while no other process that starts on the same database does it. */
  withStartupLock<T>(work: () => Promise<T>): Promise<T>;
  /** Does this, unless another process on the same database is doing it. */
  withHousekeepingLock(work: () => Promise<void>): Promise<void>;
  /** Fails when the database does not answer. */
  ping(): Promise<void>;
  /** Whether parts of names have an index: PostgreSQL may have refused pg_trgm to the migration. */
  hasNameIndex(): Promise<boolean>;
  close(): Promise<void>;
}

const SHARED = {
  migrations,
  migrationsTransactionMode: "each" as const,
  namingStrategy: new SnakeCaseNamingStrategy(),
  // Query logs and their parameters carry values (ADR 0003): failures reach the log as codes only.
  logging: false,
};

/** The inner pages of the indices over a million clients, and room for those last read. */
const SQLITE_CACHE_KIB = 64 * 1024;

export function createDataSource(location: DatabaseLocation, readonly = false): DataSource {
  const options =
    "file" in location
      ? sqliteOptions(location.file, readonly)
      : poolOptions(location.url, location.poolSize);
  const dataSource = new DataSource({ ...SHARED, ...options, entities } as DataSourceOptions);
  if (options.type === "postgres") storeDatesWithTimeZone(dataSource);
  return dataSource;
}

function sqliteOptions(file: string, readonly: boolean): DataSourceOptions {
  return {
    type: "better-sqlite3",
    database: file,
    readonly,
    timeout: 5000,
    prepareDatabase: (db: { pragma(text: string): void }) => {
      db.pragma("foreign_keys = ON");
      db.pragma(`cache_size = -${SQLITE_CACHE_KIB}`);
      if (readonly) return;
      db.pragma("journal_mode = WAL");
      // Checkpoints reach the disk in order; what was acknowledged has, by WalSync.
      db.pragma("synchronous = NORMAL");
    },
  };
}

/** A migration may take as long as it needs. */
export function createMigrationDataSource(location: DatabaseLocation): DataSource {
  if ("file" in location) return createDataSource(location);
  const options = { ...SHARED, ...migrationOptions(location.url), entities };
  const dataSource = new DataSource(options as DataSourceOptions);
  storeDatesWithTimeZone(dataSource);
  return dataSource;
}

/** `@Column({ type: Date })` means datetime on SQLite; TypeORM's choice on PostgreSQL would drop the zone. */
function storeDatesWithTimeZone(dataSource: DataSource): void {
  const { driver } = dataSource;
  const normalizeType = driver.normalizeType.bind(driver);
  driver.normalizeType = (column) =>
    column.type === Date ? "timestamp with time zone" : normalizeType(column);
}

/**
 * Opens the database and brings its schema up to date.
 * @param onProgress is told of what is waited for
 */
export async function openDatabase(
  location: DatabaseLocation,
  onProgress: (sentence: string) => void,
): Promise<Database> {
  return "file" in location ? openSqlite(location) : openPostgres(location, onProgress);
}

async function openPostgres(
  location: DatabaseLocation & { url: string },
  onProgress: (sentence: string) => void,
): Promise<Database> {
  const withStartupLock = <T>(work: () => Promise<T>) =>
    withAdvisoryLock(location.url, onProgress, work);
  await withStartupLock(async () => {
    const migrator = await createMigrationDataSource(location).initialize();
    await migrate(migrator).finally(() => migrator.destroy());
  });
  const dataSource = await createDataSource(location).initialize();
  return {
    unitOfWork: new UnitOfWork(dataSource, dataSource),
    withStartupLock,
    withHousekeepingLock: (work) => withTryAdvisoryLock(location.url, work),
    ping: () => ping(dataSource),
    hasNameIndex: async () => {
      const [row] = await dataSource.query("SELECT to_regclass('client_name_trigrams') AS found");
      return (row as { found: string | null }).found !== null;
    },
    close: () => dataSource.destroy(),
  };
}

async function openSqlite(location: { file: string }): Promise<Database> {
  const unlock = lockFile(location.file);
  const open: DataSource[] = [];
  const initialize = async (readonly: boolean) => {
    const dataSource = await createDataSource(location, readonly).initialize();
    open.unshift(dataSource);
    return dataSource;
  };
  let walSync: WalSync | null = null;
  const close = async () => {
    await walSync?.close();
    for (const dataSource of open) await dataSource.destroy();
    unlock();
  };
  try {
    const writer = await initialize(false).catch((error: unknown) => {
      const { code = "unknown" } = error as { code?: string };
      throw new Error(`DATA_DIR: the database cannot be opened (${code})`, { cause: error });
    });
    await truncateWal(writer);
    await migrate(writer);
    const reader = await initialize(true);
    const wal = await WalSync.open(location.file);
    walSync = wal;
    const transactions = new SqliteTransactionGuard(writer);
    return {
      unitOfWork: new UnitOfWork(writer, reader, { durability: wal, transactions }),
      // The file has one process.
      withStartupLock: (work) => work(),
      withHousekeepingLock: (work) => work(),
      ping: async () => {
        wal.assertIntact();
        transactions.assertIntact();
        await ping(reader);
      },
      hasNameIndex: async () => true,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * What a process has left in the log is copied into the database, and the log begun anew unless somebody
 * else reads it: if a sync had failed, its pages would count as written, and what follows stand behind a
 * gap.
 */
async function truncateWal(writer: DataSource): Promise<void> {
  await writer.query("PRAGMA wal_checkpoint(TRUNCATE)");
}

async function migrate(dataSource: DataSource): Promise<void> {
  await assertKnownSchema(dataSource);
  await dataSource.runMigrations();
}

async function ping(dataSource: DataSource): Promise<void> {
  await dataSource.query("SELECT 1");
}

/**
 * An SQLite file has one process (ADR 0003): it holds a lock beside the file, which the operating
 * system lets go of however the process ends.
 */
function lockFile(file: string): () => void {
  makeDirectoryDurably(path.dirname(file));
  const lock = new SqliteDatabase(`${file}.lock`, { timeout: 0 });
  try {
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const { code } = error as { code?: string };
    if (code !== "SQLITE_BUSY") throw error;
    throw new Error(
      `Another process has the SQLite database in ${path.dirname(file)} open: stop it first, ` +
        "or set DATABASE_URL to run several",
    );
  }
  return () => lock.close();
}
