import { finding, type HostCheck } from "../host-check.js";

export const nameIndexMissing: HostCheck = {
  id: "name-index-missing",
  level: "NOTICE",
  what: "Searches by name read every client",
  why: "The index of names needs the extension pg_trgm, which the database's user could not create.",
  whatToDo: "Let a superuser run CREATE EXTENSION pg_trgm, then create the index.",
  docs: "operations/postgresql.md",
  find: async ({ config, read }) => {
    if (config.databaseUrl === undefined) return [];
    const [row] = await read.query("SELECT to_regclass('client_name_trigrams') AS name_index");
    const { name_index: index } = row as { name_index: string | null };
    return index === null ? [finding("client_name_trigrams", "is missing")] : [];
  },
};
