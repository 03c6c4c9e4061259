/** What a column holds, in words that both databases know. */
export const COLUMN_KINDS = ["text", "integer", "boolean", "date"] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

export interface Column {
  name: string;
  kind: ColumnKind;
}

/** A table as it is in a database, whichever version of the schema that has. */
export interface Table {
  name: string;
  columns: readonly Column[];
}

/** A value of a row. Dates are ISO 8601 in UTC. */
export type Value = string | number | boolean | null;

/** Rows are read and written this many at a time. */
export const BATCH_ROWS = 500;

const KINDS: Readonly<Record<string, ColumnKind>> = {
  varchar: "text",
  "character varying": "text",
  text: "text",
  integer: "integer",
  bigint: "integer",
  boolean: "boolean",
  datetime: "date",
  "timestamp with time zone": "date",
};

/** @param type as the database declares it */
export function kindOf(type: string): ColumnKind {
  const kind = KINDS[type.toLowerCase()];
  if (!kind) throw new Error(`no backup knows the column type ${type}`);
  return kind;
}

/** Sorts tables so that each comes after all that its rows refer to. */
export function parentsFirst(
  tables: readonly Table[],
  references: readonly { table: string; parent: string }[],
): Table[] {
  const sorted: Table[] = [];
  const visit = (table: Table) => {
    if (sorted.includes(table)) return;
    for (const { parent } of references.filter((reference) => reference.table === table.name)) {
      const found = tables.find(({ name }) => name === parent);
      if (found && found !== table) visit(found);
    }
    sorted.push(table);
  };
  for (const table of tables) visit(table);
  return sorted;
}

/** Tables that belong to TypeORM or the database, not to the product. */
export const isOwnTable = (name: string) => !/^sqlite_|^migrations$|^typeorm_metadata$/.test(name);
