import { type DataSource, MigrationExecutor } from "typeorm";

/**
 * Before any migration runs: a schema that this version does not know is none to write into.
 * @throws in one sentence for whoever starts the server
 */
export async function assertKnownSchema(dataSource: DataSource): Promise<void> {
  const known = new Set(dataSource.migrations.map((migration) => migration.constructor.name));
  const migrations = await new MigrationExecutor(dataSource).getExecutedMigrations();
  const executed = migrations.map(({ name }) => name);
  if (executed.every((name) => known.has(name))) return;
  throw new Error(
    executed.some((name) => known.has(name))
      ? "This database was made by a newer version of Countersign: start that version or a later one"
      : "This database was made by a version of Countersign from before 0.2; nothing converts it: " +
          "start with a new one",
  );
}
