import { type QueryRunner, type TableColumnOptions, TableIndex } from "typeorm";

/** Builds columns for migrations that run on both SQLite and PostgreSQL. */
export function columnsFor(queryRunner: QueryRunner) {
  const isPostgres = queryRunner.dataSource.options.type === "postgres";
  const dateType = isPostgres ? "timestamp with time zone" : "datetime";
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
    /** A boolean that is false unless set. SQLite keeps the text of a default. */
    flag: (name: string) => column("boolean")(name, { default: isPostgres ? "false" : "0" }),
  };
}

export const primary = { isPrimary: true } as const;
export const nullable = { isNullable: true } as const;

/** Adds a column that can be null or has a default; see `addRequiredColumn`. */
export async function addColumn(
  queryRunner: QueryRunner,
  table: string,
  { name, type, isNullable, default: value }: TableColumnOptions,
): Promise<void> {
  const constraint = `${isNullable ? "" : " NOT NULL"}${value === undefined ? "" : ` DEFAULT ${value}`}`;
  await alterTable(queryRunner, table, `ADD COLUMN ${name} ${type}${constraint}`);
}

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
  await addColumn(queryRunner, table, { ...column, ...nullable });
  await forbidNull(queryRunner, table, name, value);
}

export async function allowNull(queryRunner: QueryRunner, table: string, name: string) {
  await alterTable(queryRunner, table, `ALTER COLUMN ${name} DROP NOT NULL`);
}

/** @param value SQL expression that takes the place of null */
export async function forbidNull(
  queryRunner: QueryRunner,
  table: string,
  name: string,
  value: string,
): Promise<void> {
  await queryRunner.query(`UPDATE ${table} SET ${name} = ${value} WHERE ${name} IS NULL`);
  await alterTable(queryRunner, table, `ALTER COLUMN ${name} SET NOT NULL`);
}

/** Drops columns that no index has: SQLite refuses others. */
export async function dropColumns(
  queryRunner: QueryRunner,
  table: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) await alterTable(queryRunner, table, `DROP COLUMN ${name}`);
}

/** Renames a column, and its indices, whose names TypeORM makes from those of their columns. */
export async function renameColumn(
  queryRunner: QueryRunner,
  table: string,
  from: string,
  to: string,
): Promise<void> {
  const { indices = [] } = (await queryRunner.getTable(table)) ?? {};
  const affected = indices.filter(({ columnNames }) => columnNames.includes(from));
  await queryRunner.dropIndices(table, affected);
  await alterTable(queryRunner, table, `RENAME COLUMN ${from} TO ${to}`);
  const renamed = affected.map(({ columnNames, isUnique }) => ({
    columnNames: columnNames.map((name) => (name === from ? to : name)),
    isUnique,
  }));
  await queryRunner.createIndices(
    table,
    renamed.map((index) => new TableIndex(index)),
  );
}

/**
 * TypeORM's own methods copy and drop the whole table on SQLite instead, which deletes the rows that
 * reference it: TypeORM turns foreign keys off when it runs migrations, but not when it reverts one.
 */
async function alterTable(queryRunner: QueryRunner, table: string, change: string): Promise<void> {
  await queryRunner.query(`ALTER TABLE ${table} ${change}`);
  // TypeORM remembers tables as they were.
  await queryRunner.getTable(table);
}
