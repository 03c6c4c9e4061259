import type { Database } from "better-sqlite3";
import type { DataSource } from "typeorm";
import { connectionOf } from "../database/sqlite-connection.js";
import type { Snapshot } from "./snapshot.js";
import { BATCH_ROWS, isOwnTable, kindOf, parentsFirst, type Table, type Value } from "./table.js";

/** A read transaction of SQLite's WAL mode sees the rows of its first statement, and stops no writer. */
export async function openSqliteSnapshot(dataSource: DataSource) {
  const connection = connectionOf(dataSource);
  connection.exec("BEGIN");
  const tables = tablesOf(connection);
  const snapshot: Snapshot = {
    database: "SQLite",
    migrations: connection
      .prepare("SELECT name FROM migrations ORDER BY id")
      .pluck()
      .all() as string[],
    tables,
    count: async ({ name }) =>
      connection.prepare(`SELECT count(*) FROM "${name}"`).pluck().get() as number,
    rows: (table) => batchesOf(connection, table),
  };
  return { snapshot, close: async () => void connection.exec("ROLLBACK") };
}

export function tablesOf(connection: Database): Table[] {
  const names = connection
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[];
  const own = names.filter(isOwnTable);
  const tables = own.map((name) => ({
    name,
    columns: (connection.pragma(`table_info("${name}")`) as { name: string; type: string }[]).map(
      (column) => ({ name: column.name, kind: kindOf(column.type) }),
    ),
  }));
  const references = own.flatMap((table) =>
    (connection.pragma(`foreign_key_list("${table}")`) as { table: string }[]).map(
      ({ table: parent }) => ({ table, parent }),
    ),
  );
  return parentsFirst(tables, references);
}

async function* batchesOf(connection: Database, { name, columns }: Table) {
  const names = columns.map((column) => `"${column.name}"`).join(", ");
  const statement = connection.prepare(`SELECT ${names} FROM "${name}"`).raw();
  let batch: Value[][] = [];
  for (const row of statement.iterate() as IterableIterator<(string | number | null)[]>) {
    batch.push(row.map((value, index) => fromSqlite(value, columns[index]?.kind)));
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function fromSqlite(value: string | number | null, kind: string | undefined): Value {
  if (value === null) return null;
  if (kind === "boolean") return value === 1;
  // TypeORM stores times in UTC, as `2030-01-01 00:00:00.000`.
  return kind === "date" ? new Date(`${value}Z`.replace(" ", "T")).toISOString() : value;
}
