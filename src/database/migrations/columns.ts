import type { QueryRunner, TableColumnOptions } from "typeorm";

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
