import { finding, type HostCheck } from "../host-check.js";

export const postgresNotDurable: HostCheck = {
  id: "postgres-not-durable",
  level: "ERROR",
  what: "PostgreSQL forgets answered changes in a crash",
  why: "After a power cut, revoked tokens and used assertions may be valid again, and new secrets lost.",
  whatToDo: "Set fsync, full_page_writes and synchronous_commit to on.",
  docs: "operations/postgresql.md",
  find: async ({ config, read }) => {
    if (config.databaseUrl === undefined) return [];
    const rows: { name: string }[] = await read.query(
      `SELECT name FROM pg_settings WHERE setting = 'off'
        AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name`,
    );
    return rows.map(({ name }) => finding(name, "of PostgreSQL is off"));
  },
};
