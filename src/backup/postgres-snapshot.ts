import type { DataSource, QueryRunner } from "typeorm";
import type { Snapshot } from "./snapshot.js";
import { BATCH_ROWS, isOwnTable, kindOf, parentsFirst, type Table, type Value } from "./table.js";

interface ColumnRow {
  table_name: string;
  column_name: string;
  data_type: string;
}

/** A repeatable read transaction sees the rows of its first statement (PostgreSQL 13.2.2). */
export async function openPostgresSnapshot(dataSource: DataSource) {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction("REPEATABLE READ");
  await runner.query("SET TRANSACTION READ ONLY");
  const migrations: { name: string }[] = await runner.query(
    "SELECT name FROM migrations ORDER BY id",
  );
  const snapshot: Snapshot = {
    database: "PostgreSQL",
    migrations: migrations.map(({ name }) => name),
    tables: await tablesOf(runner),
    count: async ({ name }) => {
      const [row] = await runner.query(`SELECT count(*)::int AS rows FROM "${name}"`);
      return row.rows;
    },
    rows: (table) => batchesOf(runner, table),
  };
  const close = async () => {
    await runner.rollbackTransaction();
    await runner.release();
  };
  return { snapshot, close };
}

export async function tablesOf(runner: QueryRunner): Promise<Table[]> {
  const columns: ColumnRow[] = await runner.query(
    `SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
     JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
     ORDER BY c.table_name, c.ordinal_position`,
  );
  const references: { table: string; parent: string }[] = await runner.query(
    `SELECT child.relname AS "table", parent.relname AS parent FROM pg_constraint
     JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
     WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`,
  );
  const names = [...new Set(columns.map(({ table_name }) => table_name))].filter(isOwnTable);
  const tables = names.map((name) => ({
    name,
    columns: columns
      .filter(({ table_name }) => table_name === name)
      .map(({ column_name, data_type }) => ({ name: column_name, kind: kindOf(data_type) })),
  }));
  return parentsFirst(tables, references);
}

async function* batchesOf(runner: QueryRunner, { name, columns }: Table) {
  const names = columns.map((column) => `"${column.name}"`).join(", ");
  await runner.query(`DECLARE backup_rows NO SCROLL CURSOR FOR SELECT ${names} FROM "${name}"`);
  for (;;) {
    const rows: Record<string, unknown>[] = await runner.query(
      `FETCH ${BATCH_ROWS} FROM backup_rows`,
    );
    if (rows.length === 0) break;
    yield rows.map((row) => columns.map((column) => fromPostgres(row[column.name])));
  }
  await runner.query("CLOSE backup_rows");
}

function fromPostgres(value: unknown): Value {
  return value instanceof Date ? value.toISOString() : (value as Value);
}
