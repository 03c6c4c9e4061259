import { type QueryRunner, TableColumn, type TableColumnOptions } from "typeorm";

/** Builds columns for migrations that run on both SQLite and PostgreSQL. */
export function columnsFor(queryRunner: QueryRunner) {
  const dateType =
    queryRunner.dataSource.options.type === "postgres" ? "timestamp with time zone" : "datetime";
  const column =
    (type: string) =>
    (name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
      name,
      type,
      ...options,
    });
  return {
    varchar: column("varchar"),
    text: column("text"),
    integer: column("integer"),
    boolean: column("boolean"),
    date: column(dateType),
  };
}

export const primary = { isPrimary: true } as const;
export const nullable = { isNullable: true } as const;

/**
 * Adds a column that is never null to a table that may have rows.
 * @param value SQL expression of its value in these rows
 */
export async function addRequiredColumn(
  queryRunner: QueryRunner,
  table: string,
  column: TableColumnOptions,
  value: string,
): Promise<void> {
  const { name } = column;
  await queryRunner.addColumn(table, new TableColumn({ ...column, ...nullable }));
  await queryRunner.query(`UPDATE ${table} SET ${name} = ${value}`);
  await queryRunner.changeColumn(table, name, new TableColumn(column));
}
