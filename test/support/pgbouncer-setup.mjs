import { missingPgBouncer, startPgBouncer } from "./pgbouncer.mjs";
import setupPostgres from "./postgres-setup.mjs";

/** Puts PgBouncer between the servers under test and PostgreSQL. */
export default async function setup() {
  await setupPostgres();
  if (missingPgBouncer) return;
  const pooler = await startPgBouncer(process.env.TEST_DATABASE_URL);
  process.env.TEST_POOLER = new URL(pooler.url).host;
  const { removeTemplate } = globalThis;
  globalThis.removeTemplate = async () => {
    await pooler.stop();
    await removeTemplate();
  };
}
