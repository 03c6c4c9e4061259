import SqliteDatabase from "better-sqlite3";
import type { Pool } from "pg";
import type { DataSource, Logger } from "typeorm";
import { UnitOfWork } from "../persistence/unit-of-work.js";
import {
  createDataSource,
  createMigrationDataSource,
  type DatabaseLocation,
} from "./data-source.js";
import { waitForPostgres, withHousekeepingLock, withStartupLock } from "./postgres-locks.js";
import { toPostgresStartError } from "./postgres-start-errors.js";
import { assertKnownSchema } from "./schema-version-check.js";
import { connectionOf, neverWaitForLocks } from "./sqlite-connection.js";
import { SqliteCorruption } from "./sqlite-corruption.js";
import { lockSqliteFile } from "./sqlite-file-lock.js";
import { toSqliteStartError } from "./sqlite-start-errors.js";
import { SqliteTransactionGuard } from "./sqlite-transaction-guard.js";
import { WalSync } from "./wal-sync.js";

export interface Connections {
  used: number;
  idle: number;
  /** Requests that wait for a connection. */
  waiting: number;
  max: number;
}

export interface Database {
  unitOfWork: UnitOfWork;
  /** Runs `work` while no other process that starts on the same database runs its own. */
  withStartupLock<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `work` unless another process is doing housekeeping on the same database. */
  withHousekeepingLock(work: () => Promise<void>): Promise<void>;
  /** @throws when the database does not answer */
  ping(): Promise<void>;
  /** The connections of this process; null: SQLite, which has no pool, or a closed database. */
  connections(): Connections | null;
  /** Brings what SQLite has in its log into the file of the database, where a copy of the file alone finds it. */
  checkpoint(): void;
  /** Whether an index serves searches by part of a name. It needs the PostgreSQL extension pg_trgm. */
  hasNameIndex(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the database and runs its migrations.
 * @param onProgress receives a message for the operator before each wait
 */
export async function openDatabase(
  location: DatabaseLocation,
  onProgress: (message: string) => void,
): Promise<Database> {
  const opened = "file" in location ? openSqlite(location) : openPostgres(location, onProgress);
  return opened.catch((error: unknown) => {
    throw toStartError(location, error);
  });
}

/** Puts an error of a start into words for the operator, and returns every other error unchanged. */
export function toStartError(location: DatabaseLocation, error: unknown): unknown {
  return "file" in location ? toSqliteStartError(error) : toPostgresStartError(error);
}

async function openPostgres(
  { url: givenUrl, poolSize }: { url: string; poolSize?: number },
  onProgress: (message: string) => void,
): Promise<Database> {
  const url = await waitForPostgres(givenUrl, onProgress);
  const location = { url, ...(poolSize !== undefined && { poolSize }) };
  await withStartupLock(url, onProgress, async () => {
    const migrator = await createMigrationDataSource(location).initialize();
    await migrate(migrator).finally(() => migrator.destroy());
  });
  const dataSource = await createDataSource(location).initialize();
  return {
    unitOfWork: new UnitOfWork(dataSource, dataSource),
    withStartupLock: (work) => withStartupLock(url, onProgress, work),
    withHousekeepingLock: (work) => withHousekeepingLock(url, work),
    ping: () => ping(dataSource),
    connections: () => connectionsOf(dataSource),
    checkpoint: () => {},
    hasNameIndex: async () => {
      const [row] = await dataSource.query(
        "SELECT to_regclass('client_name_trigrams') AS name_index",
      );
      return (row as { name_index: string | null }).name_index !== null;
    },
    close: () => dataSource.destroy(),
  };
}

async function openSqlite(location: { file: string }): Promise<Database> {
  const unlock = lockSqliteFile(location.file);
  const dataSources: DataSource[] = [];
  const initialize = async (readonly: boolean) => {
    const dataSource = await createDataSource(location, readonly).initialize();
    dataSources.unshift(dataSource);
    return dataSource;
  };
  let walSync: WalSync | null = null;
  const close = async () => {
    await walSync?.close();
    for (const dataSource of dataSources) await dataSource.destroy();
    unlock();
  };
  try {
    const writer = await initialize(false);
    await truncateWal(writer);
    await migrate(writer);
    const reader = await initialize(true);
    const durability = await WalSync.open(location.file);
    walSync = durability;
    const transactions = new SqliteTransactionGuard(writer);
    const corruption = new SqliteCorruption();
    for (const dataSource of [writer, reader]) {
      corruption.watch(connectionOf(dataSource));
      neverWaitForLocks(connectionOf(dataSource));
    }
    const assertIntact = () => {
      durability.assertIntact();
      transactions.assertIntact();
      corruption.assertNone();
    };
    return {
      unitOfWork: new UnitOfWork(writer, reader, {
        assertIntact,
        assertTransactionOpen: () => transactions.assertOpen(),
        resetTransaction: () => transactions.reset(),
        sync: () => durability.sync(),
      }),
      // lockSqliteFile keeps other processes out.
      withStartupLock: (work) => work(),
      withHousekeepingLock: (work) => work(),
      ping: async () => {
        assertIntact();
        durability.assertInPlace();
        await ping(reader);
      },
      connections: () => null,
      checkpoint: () => checkpoint(location.file),
      hasNameIndex: async () => true,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Copies the log of an earlier process into the database and empties the log, unless another connection
 * reads it. After a failed sync, log pages that never reached the disk count as written. New pages would
 * follow a gap.
 */
async function truncateWal(writer: DataSource): Promise<void> {
  await writer.query("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** Has a connection of its own, because that of the writer may be in a transaction. */
function checkpoint(file: string): void {
  const connection = new SqliteDatabase(file);
  try {
    connection.pragma("wal_checkpoint(PASSIVE)");
  } finally {
    connection.close();
  }
}

async function migrate(dataSource: DataSource): Promise<void> {
  // TypeORM would print the raw error of a failed migration to standard output, which is for the log.
  dataSource.logger = SILENT;
  await assertKnownSchema(dataSource);
  await dataSource.runMigrations();
}

const SILENT: Logger = {
  logQuery: () => {},
  logQueryError: () => {},
  logQuerySlow: () => {},
  logSchemaBuild: () => {},
  logMigration: () => {},
  log: () => {},
};

async function ping(dataSource: DataSource): Promise<void> {
  await dataSource.query("SELECT 1");
}

/** From the pool of pg, which is gone once the database is closed. */
function connectionsOf(dataSource: DataSource): Connections | null {
  const { master } = dataSource.driver as unknown as { master: Pool | undefined };
  if (!master) return null;
  const { totalCount, idleCount, waitingCount, options } = master;
  return {
    used: totalCount - idleCount,
    idle: idleCount,
    waiting: waitingCount,
    max: options.max,
  };
}
