import type { TestProject } from "vitest/node";
import { startPostgres } from "../../scripts/postgres.mjs";
import { openDatabase } from "../../src/database/data-source.js";
import { createDatabase, dropDatabase } from "./postgres-databases.js";

/**
 * A PostgreSQL server with a migrated database, of which tests get copies. A server that is already
 * there wins; otherwise one is started for this run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const theirs = process.env["TEST_DATABASE_URL"];
  const ours = theirs ? null : await startPostgres();
  const server = theirs ?? ours?.url ?? "";
  const template = { url: await createDatabase(server) };
  const database = await openDatabase(template, () => {});
  await database.close();
  project.provide("postgresServer", server);
  project.provide("template", template);
  return async () => {
    await dropDatabase(server, template.url);
    await ours?.stop();
  };
}
