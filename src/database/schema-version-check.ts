import { type DataSource, MigrationExecutor } from "typeorm";

/** A later version has migrated the database. */
export class NewerSchemaError extends Error {}

/**
 * Checks before any migration runs that this version knows every migration of the database.
 * @throws Error with a message for the operator
 */
export async function assertKnownSchema(dataSource: DataSource): Promise<void> {
  const known = dataSource.migrations.map((migration) => migration.constructor.name);
  const executed = await executedMigrations(dataSource);
  const unknown = executed.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  if (unknown.length < executed.length) {
    throw new NewerSchemaError(
      `A newer version of Countersign created this database: its schema is ${newest(unknown)}, and this version ` +
        `knows none after ${newest(known)}: run that version or a later one`,
    );
  }
  throw new Error(
    "A development version of Countersign created this database, which cannot be converted: use a new one",
  );
}

/**
 * Checks that the database has exactly the schema of this version.
 * @throws Error with a message for the operator
 */
export async function assertCurrentSchema(dataSource: DataSource): Promise<void> {
  await assertKnownSchema(dataSource);
  const pending = await new MigrationExecutor(dataSource).getPendingMigrations();
  if (pending.length === 0) return;
  throw new Error(
    `The database has the schema of an earlier version of Countersign, which lacks ${pending.length} migrations: ` +
      "start this version once, which migrates it, or use the version that it belongs to",
  );
}

/** Names of the migrations that made the schema. */
export async function executedMigrations(dataSource: DataSource): Promise<string[]> {
  const migrations = await new MigrationExecutor(dataSource).getExecutedMigrations();
  return migrations.map(({ name }) => name);
}

/** Names of migrations end with a timestamp. */
function newest(names: readonly string[]): string {
  const timestamp = (name: string) => Number(/\d*$/.exec(name)?.[0]);
  return [...names].sort((one, other) => timestamp(one) - timestamp(other)).at(-1) ?? "";
}
