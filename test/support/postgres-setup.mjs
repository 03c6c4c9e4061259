import { startPostgres } from "../../scripts/postgres.mjs";

/** A PostgreSQL server that is already there wins; otherwise one is started for this run. */
export default async function setup() {
  if (process.env.TEST_DATABASE_URL) return;
  const postgres = await startPostgres();
  globalThis.__postgres = postgres;
  process.env.TEST_DATABASE_URL = postgres.url; // inherited by the workers, which start after this
}
