import type { Database } from "better-sqlite3";
import type { Pool } from "pg";
import type { DataSource } from "typeorm";
import type { ColumnMetadata } from "typeorm/metadata/ColumnMetadata.js";

/** What to read, by the alias that it has in the SQL: whole entities, or only some properties. */
export type Selection<Row> = {
  readonly [Alias in keyof Row]: {
    entity: new () => NonNullable<Row[Alias]>;
    only?: readonly (keyof NonNullable<Row[Alias]> & string)[];
  };
};

type Value = string | null;
type FirstRow = (
  values: readonly Value[],
) => unknown[] | undefined | Promise<unknown[] | undefined>;

/** These come from both drivers as they are in the entity. */
const PLAIN_TYPES: readonly unknown[] = ["varchar", "text", "integer"];

/**
 * A read for paths where every microsecond counts: its SQL is made once, the database keeps its plan,
 * and rows become entities without TypeORM's query builder, which costs more than the read itself
 * (ADR 0010). It sees what is committed, so it has no place in a unit of work.
 */
export class PreparedRead<Row extends object> {
  readonly #firstRow: FirstRow;
  readonly #parts: readonly EntityReader[];

  /**
   * @param name of the prepared statement, one for each SQL
   * @param from all that follows the selected columns; values are `$1`, `$2`, …
   */
  constructor(name: string, dataSource: DataSource, selection: Selection<Row>, from: string) {
    let columns = 0;
    this.#parts = Object.entries<{ entity: new () => object; only?: readonly string[] }>(
      selection,
    ).map(([alias, { entity, only }]) => {
      const reader = new EntityReader(dataSource, alias, entity, only, columns);
      columns += reader.columns.length;
      return reader;
    });
    const select = this.#parts.flatMap((part) => part.columns).join(", ");
    this.#firstRow = prepare(name, dataSource, select, from);
  }

  /** The first row; an entity of it is null where an outer join has found none. */
  async first(...values: Value[]): Promise<Row | null> {
    const cells = await this.#firstRow(values);
    if (!cells) return null;
    const row: Record<string, unknown> = {};
    for (const part of this.#parts) row[part.alias] = part.read(cells);
    return row as Row;
  }
}

class EntityReader {
  readonly columns: readonly string[];
  readonly #cells: readonly {
    property: string;
    at: number;
    convert?: (value: unknown) => unknown;
  }[];
  readonly #keyAt: number;

  constructor(
    dataSource: DataSource,
    readonly alias: string,
    private readonly entity: new () => object,
    only: readonly string[] | undefined,
    firstAt: number,
  ) {
    const metadata = dataSource.getMetadata(entity);
    const read = metadata.columns.filter(
      ({ propertyName }) => !only || only.includes(propertyName),
    );
    this.columns = read.map(({ databaseName }) => `"${alias}"."${databaseName}"`);
    this.#cells = read.map((column, index) => ({
      property: column.propertyName,
      at: firstAt + index,
      ...(!PLAIN_TYPES.includes(column.type) && { convert: columnConverter(dataSource, column) }),
    }));
    this.#keyAt = firstAt + read.findIndex((column) => column.isPrimary);
  }

  read(cells: readonly unknown[]): object | null {
    if (cells[this.#keyAt] === null) return null;
    const entity = new this.entity() as Record<string, unknown>;
    for (const { property, at, convert } of this.#cells) {
      const cell = cells[at];
      entity[property] = convert && cell !== null ? convert(cell) : cell;
    }
    return entity;
  }
}

function columnConverter({ driver }: DataSource, column: ColumnMetadata) {
  if (column.type === "simple-json")
    return (text: unknown) => JSON.parse(text as string) as unknown;
  return (value: unknown) => driver.prepareHydratedValue(value, column);
}

/** The connections that TypeORM has opened, without its query runner. */
function prepare(
  name: string,
  { driver, options }: DataSource,
  select: string,
  from: string,
): FirstRow {
  if (options.type === "postgres") {
    const { master: pool } = driver as unknown as { master: Pool };
    const text = `SELECT ${select} ${from}`;
    return async (values) => {
      const query = { name, text, values: [...values], rowMode: "array" as const };
      const { rows } = await pool.query<unknown[]>(query);
      return rows[0];
    };
  }
  const { databaseConnection } = driver as unknown as { databaseConnection: Database };
  // To this driver `$1` is a parameter of the name 1, which it would look up for each read.
  const order: number[] = [];
  const positional = `SELECT ${select} ${from}`.replace(/\$(\d+)/g, (_, number) => {
    order.push(Number(number) - 1);
    return "?";
  });
  const statement = databaseConnection.prepare<[Value[]], unknown[]>(positional).raw();
  return (values) => statement.get(order.map((at) => values[at] as Value));
}
