import type { Services } from "../../src/services.js";

const TABLES = {
  postgres: "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
  sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'",
};

/** Every row of every table, as one text that a test can search. */
export async function dumpTables({ unitOfWork }: Services): Promise<string> {
  const { dataSource } = unitOfWork.read;
  const database = dataSource.options.type === "postgres" ? "postgres" : "sqlite";
  const tables = await dataSource.query<{ name: string }[]>(TABLES[database]);
  const rows = [];
  for (const { name } of tables) {
    rows.push(name, await dataSource.query(`SELECT * FROM "${name}"`));
  }
  return JSON.stringify(rows);
}
