import "reflect-metadata";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import SqliteDatabase from "better-sqlite3";
import { DataSource, type DataSourceOptions, type QueryRunner } from "typeorm";
import { UnitOfWork } from "../shared/unit-of-work.js";
import { entities } from "./entities.js";
import { migrations } from "./migrations/index.js";
import { SnakeCaseNamingStrategy } from "./naming-strategy.js";

/** A PostgreSQL URL, or the path of an SQLite file. */
export type DatabaseLocation = { url: string } | { file: string };

export interface Database {
  unitOfWork: UnitOfWork;
  /** Does this while no other process that starts on the same database does it. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Fails when the database does not answer. */
  ping(): Promise<void>;
  /** Whether parts of names have an index: PostgreSQL may have refused pg_trgm to the migration. */
  hasNameIndex(): Promise<boolean>;
  close(): Promise<void>;
}

/** A number that nobody else uses for an advisory lock in the same database. */
const START_LOCK = 6_021_987_341;

const LOCK_POLL_MS = 100;
const CONNECT_TIMEOUT_MS = 5_000;
/** No statement of ours takes long; one that does must not hold a connection of the pool. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** The server may have stopped answering altogether. */
const QUERY_TIMEOUT_MS = 20_000;
const TIMEOUTS = { statement_timeout: STATEMENT_TIMEOUT_MS, query_timeout: QUERY_TIMEOUT_MS };

/** The inner pages of the indices over a million clients, and room for those last read. */
const SQLITE_CACHE_KIB = 64 * 1024;

/** A migration may take as long as it needs. */
export type DatabaseUse = "write" | "read" | "migrate";

export function createDataSource(
  location: DatabaseLocation,
  use: DatabaseUse = "write",
): DataSource {
  const shared = {
    entities,
    migrations,
    migrationsTransactionMode: "each" as const,
    namingStrategy: new SnakeCaseNamingStrategy(),
    // Query logs and their parameters carry values (ADR 0003): failures reach the log as codes only.
    logging: false,
  };
  if ("file" in location)
    return new DataSource({ ...shared, ...sqlite(location.file, use === "read") });
  const dataSource = new DataSource({
    ...shared,
    type: "postgres",
    url: location.url,
    parseInt8: true,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    extra: use === "migrate" ? {} : TIMEOUTS,
  });
  storeDatesWithTimeZone(dataSource);
  return dataSource;
}

function sqlite(file: string, readonly: boolean): DataSourceOptions & { type: "better-sqlite3" } {
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
      // What was acknowledged survives a power cut too.
      db.pragma("synchronous = FULL");
    },
  };
}

/** `@Column({ type: Date })` means datetime on SQLite; TypeORM's choice on PostgreSQL would drop the zone. */
function storeDatesWithTimeZone(dataSource: DataSource): void {
  const { driver } = dataSource;
  const normalizeType = driver.normalizeType.bind(driver);
  driver.normalizeType = (column) =>
    column.type === Date ? "timestamp with time zone" : normalizeType(column);
}

/** Opens the database and brings its schema up to date. */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  const unlock = "file" in location ? lockFile(location.file) : () => {};
  const writer = await connect(createDataSource(location), location).catch((error: unknown) => {
    unlock();
    throw error;
  });
  try {
    await alone(writer, () => migrate(writer, location));
    const reader =
      "file" in location ? await createDataSource(location, "read").initialize() : writer;
    return {
      unitOfWork: new UnitOfWork(writer, reader),
      alone: (work) => alone(writer, work),
      ping: async () => {
        await reader.query("SELECT 1");
      },
      hasNameIndex: async () => {
        if ("file" in location) return true;
        const [row] = await reader.query("SELECT to_regclass('client_name_trigrams') AS found");
        return (row as { found: string | null }).found !== null;
      },
      close: async () => {
        if (reader !== writer) await reader.destroy();
        await writer.destroy();
        unlock();
      },
    };
  } catch (error) {
    await writer.destroy();
    unlock();
    throw error;
  }
}

async function migrate(writer: DataSource, location: DatabaseLocation): Promise<void> {
  const dataSource =
    "file" in location ? writer : await createDataSource(location, "migrate").initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    if (dataSource !== writer) await dataSource.destroy();
  }
}

/** Tells which setting is to blame, and not what is in it. */
async function connect(dataSource: DataSource, location: DatabaseLocation): Promise<DataSource> {
  try {
    return await dataSource.initialize();
  } catch (error) {
    const setting = "file" in location ? "DATA_DIR" : "DATABASE_URL";
    const { code = "unknown" } = error as { code?: string };
    throw new Error(`${setting}: the database cannot be opened (${code})`, { cause: error });
  }
}

/**
 * An SQLite file has one process (ADR 0003): it holds a lock beside the file, which the operating
 * system lets go of however the process ends.
 */
function lockFile(file: string): () => void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const lock = new SqliteDatabase(`${file}.lock`, { timeout: 0 });
  try {
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const { code } = error as { code?: string };
    if (code !== "SQLITE_BUSY") throw error;
    throw new Error(
      "Another process has the SQLite database in DATA_DIR open: set DATABASE_URL to run several",
    );
  }
  return () => lock.close();
}

/** Waiting within a statement would run into its timeout. */
async function tryLock(queryRunner: QueryRunner): Promise<boolean> {
  const [row] = (await queryRunner.query("SELECT pg_try_advisory_lock($1) AS locked", [
    START_LOCK,
  ])) as { locked: boolean }[];
  return row?.locked === true;
}

/** Several processes may start on one PostgreSQL at once; an SQLite file has one process. */
async function alone<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  if (dataSource.options.type !== "postgres") return work();
  const lock = dataSource.createQueryRunner();
  try {
    while (!(await tryLock(lock))) await setTimeout(LOCK_POLL_MS);
    return await work();
  } finally {
    await lock.query("SELECT pg_advisory_unlock($1)", [START_LOCK]);
    await lock.release();
  }
}
