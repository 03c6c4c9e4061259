import type { QueryRunner, Table } from "typeorm";

/** The tables of a database as they are now, but for what TypeORM keeps for itself. */
export async function tablesNow(runner: QueryRunner): Promise<Map<string, Table>> {
  const isPostgres = runner.dataSource.options.type === "postgres";
  const rows: { name: string }[] = await runner.query(
    isPostgres
      ? "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
      : "SELECT name FROM sqlite_master WHERE type = 'table'",
  );
  const names = rows.map(({ name }) => name).filter((name) => !/^(?:sqlite_|typeorm_)/.test(name));
  const tables = await runner.getTables(names);
  return new Map(tables.map((table) => [table.name.replace(/^.*\./, ""), table.clone()]));
}

/** What of a change of the schema would fail processes of the version before it. */
export function whatFailsEarlier(
  before: ReadonlyMap<string, Table>,
  after: ReadonlyMap<string, Table>,
): string[] {
  const ofTables = [...before].flatMap(([name, former]) => {
    const table = after.get(name);
    if (!table) return [`${name} is gone: they read it`];
    return [...changedColumns(name, former, table), ...newConstraints(name, former, table)];
  });
  const added = [...after].filter(([name]) => !before.has(name));
  return [...ofTables, ...added.flatMap(([name, table]) => refusedDeletions(name, table))];
}

function changedColumns(name: string, former: Table, table: Table): string[] {
  const gone = former.columns.flatMap((column) => {
    const now = table.findColumnByName(column.name);
    if (!now) return [`${name}.${column.name} is gone: they read it`];
    if (now.type !== column.type) return [`${name}.${column.name} has another type`];
    return column.isNullable && !now.isNullable
      ? [`${name}.${column.name} cannot be null: they write null`]
      : [];
  });
  const added = table.columns.filter((column) => !former.findColumnByName(column.name));
  const required = added.filter(({ isNullable, default: value }) => !isNullable && value == null);
  return [...gone, ...required.map((column) => `${name}.${column.name} is required: they omit it`)];
}

function newConstraints(name: string, former: Table, table: Table): string[] {
  const constraints = ({ indices, uniques, foreignKeys, checks, primaryColumns }: Table) => [
    ...indices.filter(({ isUnique }) => isUnique).map(({ columnNames }) => `unique ${columnNames}`),
    ...uniques.map(({ columnNames }) => `unique ${columnNames}`),
    ...foreignKeys.map(({ columnNames }) => `foreign key ${columnNames}`),
    ...checks.map(({ expression }) => `check ${expression}`),
    `primary key ${primaryColumns.map((column) => column.name).sort()}`,
  ];
  const known = constraints(former);
  return constraints(table)
    .filter((constraint) => !known.includes(constraint))
    .map((constraint) => `${name} has a new constraint that they may break: ${constraint}`);
}

function refusedDeletions(name: string, { foreignKeys }: Table): string[] {
  return foreignKeys
    .filter(({ onDelete }) => onDelete !== "CASCADE" && onDelete !== "SET NULL")
    .map(({ referencedTableName }) => `${name} forbids them to delete from ${referencedTableName}`);
}
