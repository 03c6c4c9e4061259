import { existsSync } from "node:fs";
import type { DataSource } from "typeorm";
import { type Config, readConfig } from "../config.js";
import { createDataSource, type DatabaseLocation } from "../database/data-source.js";
import { type Database, openDatabase, toStartError } from "../database/open-database.js";
import { assertCurrentSchema, assertKnownSchema } from "../database/schema-version-check.js";
import { databaseLocation, masterKeysOf } from "../host-settings.js";
import { createServices, type Services } from "../services.js";
import { type Clock, systemClock } from "../shared/clock.js";
import { MasterKeyRing } from "../shared/master-key.js";
import type { CommandContext } from "./command.js";

/** What commands share that run where the server does, with its settings. */
export interface Host {
  config: Config;
  location: DatabaseLocation;
}

/** @throws ConfigError */
export function readHost({ env }: Pick<CommandContext, "env">): Host {
  const config = readConfig(env);
  return { config, location: databaseLocation(config) };
}

/**
 * Opens the database to read it, beside a server that may run. Nothing is migrated or locked.
 * @param options.mayBeOlder without it, the schema has to be this version's
 * @throws Error with a message for the operator
 */
export async function openForReading(
  { location }: Pick<Host, "location">,
  { mayBeOlder = false }: { mayBeOlder?: boolean } = {},
): Promise<DataSource> {
  assertExists(location);
  return createDataSource({ ...location, ...("url" in location && { poolSize: 2 }) }, true)
    .initialize()
    .then(
      async (dataSource) => {
        const check = mayBeOlder ? assertKnownSchema : assertCurrentSchema;
        await assertHasSchema(dataSource)
          .then(() => check(dataSource))
          .catch(async (error: unknown) => {
            await dataSource.destroy();
            throw error;
          });
        return dataSource;
      },
      (error: unknown) => {
        throw toStartError(location, error);
      },
    );
}

/**
 * Opens the database to change it, with the services of the server. SQLite serves one process, so the server must be
 * stopped; PostgreSQL takes the change beside running servers.
 * @throws Error with a message for the operator
 */
export async function withServices<T>(
  { config, location }: Host,
  { progress }: Pick<CommandContext, "progress">,
  work: (services: Services, database: Database) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  assertExists(location);
  const masterKeys = masterKeysOf(config);
  const database = await openDatabase(location, progress);
  const services = createServices({
    ...config,
    keySetAllowedHosts: config.keySetAllowedHosts,
    clock,
    database,
    masterKeys: new MasterKeyRing(masterKeys),
  });
  try {
    return await work(services, database);
  } finally {
    await services.slowHasher.close();
    await database.close();
  }
}

/** TypeORM would make its table of migrations. */
async function assertHasSchema(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    if (await runner.hasTable("migrations")) return;
  } finally {
    await runner.release();
  }
  throw new Error(
    "The database is empty, or its user may not see the tables: set DATABASE_URL or DATA_DIR as for the server, " +
      "or start the server once",
  );
}

/** @throws Error with a message for the operator */
export function assertExists(location: DatabaseLocation): void {
  if (!("file" in location) || existsSync(location.file)) return;
  throw new Error(
    `DATA_DIR: ${location.file} is not there: set DATA_DIR or DATABASE_URL as for the server`,
  );
}
