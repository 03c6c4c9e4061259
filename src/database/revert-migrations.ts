import { createMigrationDataSource, type DatabaseLocation } from "./data-source.js";
import { executedMigrations } from "./schema-version-check.js";

/**
 * Takes the schema back to that of an earlier version. What the earlier version does not know is lost.
 * @param kept names of the migrations that it has
 */
export async function revertMigrations(
  location: DatabaseLocation,
  kept: readonly string[],
): Promise<void> {
  const dataSource = await createMigrationDataSource(location).initialize();
  try {
    const later = (await executedMigrations(dataSource)).filter((name) => !kept.includes(name));
    for (const _ of later) await dataSource.undoLastMigration();
  } finally {
    await dataSource.destroy();
  }
}
