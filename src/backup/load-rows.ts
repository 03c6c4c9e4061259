import type { QueryRunner } from "typeorm";
import type { Column, Table, Value } from "./table.js";

/** Of one statement: 65,535 in PostgreSQL, 32,766 in SQLite. */
const MAX_PARAMETERS = 32_000;

/** Inserts rows as they came out of a snapshot of either database. */
export async function loadRows(
  runner: QueryRunner,
  { name, columns }: Table,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const isPostgres = runner.dataSource.options.type === "postgres";
  const names = columns.map((column) => `"${column.name}"`).join(", ");
  const perStatement = Math.max(1, Math.floor(MAX_PARAMETERS / columns.length));
  for (let start = 0; start < rows.length; start += perStatement) {
    const part = rows.slice(start, start + perStatement);
    let number = 0;
    const placeholder = () => (isPostgres ? `$${++number}` : "?");
    const tuples = part.map(() => `(${columns.map(placeholder).join(", ")})`).join(", ");
    const values = part.flatMap((row) =>
      row.map((value, index) => (isPostgres ? value : toSqlite(value, columns[index] as Column))),
    );
    await runner.query(`INSERT INTO "${name}" (${names}) VALUES ${tuples}`, values);
  }
}

function toSqlite(value: Value, { kind }: Column): string | number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  // As TypeORM stores times.
  if (kind === "date" && typeof value === "string") return value.replace("T", " ").replace("Z", "");
  return value;
}
