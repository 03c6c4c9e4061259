import { createMigrationDataSource } from "../database/data-source.js";
import { toStartError } from "../database/open-database.js";
import { BackupError } from "./read-backup.js";

/**
 * Checks that a PostgreSQL database has no tables, so that nothing of it can be lost.
 * @param setting names the database in the message
 * @throws BackupError
 */
export async function assertEmpty(
  location: { url: string },
  setting: "DATABASE_URL" | "TARGET_DATABASE_URL",
): Promise<void> {
  const dataSource = await createMigrationDataSource(location)
    .initialize()
    .catch((error: unknown) => {
      throw toStartError(location, error);
    });
  try {
    const [row] = await dataSource.query(
      "SELECT count(*)::int AS tables FROM information_schema.tables WHERE table_schema = current_schema()",
    );
    if (row.tables === 0) return;
  } finally {
    await dataSource.destroy();
  }
  throw new BackupError(
    `${setting}: the database has tables: create an empty one (createdb), and name it`,
  );
}
