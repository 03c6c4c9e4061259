import { type DataSource, MigrationExecutor } from "typeorm";

/**
 * Checks before any migration runs that this version knows every migration of the database.
 * @throws Error with a message for the operator
 */
export async function assertKnownSchema(dataSource: DataSource): Promise<void> {
  const known = new Set(dataSource.migrations.map((migration) => migration.constructor.name));
  const migrations = await new MigrationExecutor(dataSource).getExecutedMigrations();
  const executed = migrations.map(({ name }) => name);
  if (executed.every((name) => known.has(name))) return;
  throw new Error(
    executed.some((name) => known.has(name))
      ? "A newer version of Countersign created this database: run that version or a later one"
      : "A development version of Countersign created this database, which cannot be converted: use a new one",
  );
}
