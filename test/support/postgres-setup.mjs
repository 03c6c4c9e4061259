import { startPostgres } from "../../scripts/postgres.mjs";
import { buildForTests } from "./build-for-tests.mjs";
import { createDatabase, dropDatabase } from "./postgres-databases.mjs";

/**
 * Migrates a template database, which tests copy. TEST_DATABASE_URL names the PostgreSQL server; without
 * it, one is started for this run. Jest's workers inherit the environment variables that are set here.
 */
export default async function setup() {
  const { openDatabase } = await buildForTests();
  const ours = process.env.TEST_DATABASE_URL ? null : await startPostgres();
  process.env.TEST_DATABASE_URL ??= ours.url;
  const server = process.env.TEST_DATABASE_URL;
  const url = await createDatabase(server);
  const database = await openDatabase({ url }, () => {});
  await database.close();
  process.env.TEST_DATABASE_TEMPLATE = url;
  globalThis.removeTemplate = async () => {
    await dropDatabase(server, url);
    await ours?.stop();
  };
}
