import type { DataSource, EntityManager } from "typeorm";
import type { ColumnMetadata } from "typeorm/metadata/ColumnMetadata.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import {
  type FirstRow,
  type FirstRowIn,
  prepare,
  prepareInUnitsOfWork,
  type Value,
} from "./prepared-statement.js";

/**
 * The entities to read, by their alias in the SQL: whole, or only some of their properties; or an expression,
 * whose value is as the driver returns it.
 */
export type Selection<Row> = {
  readonly [Alias in keyof Row]:
    | {
        entity: new () => NonNullable<Row[Alias]>;
        only?: readonly (keyof NonNullable<Row[Alias]> & string)[];
      }
    | { sql: string };
};

type AnySelection = { entity: new () => object; only?: readonly string[] } | { sql: string };

/** Both drivers return these column types as the entity holds them. */
const PLAIN_TYPES: readonly unknown[] = ["varchar", "text", "integer"];

/**
 * A prepared statement for the hottest reads. It avoids TypeORM's query builder, which costs more than the
 * read itself (ADR 0010).
 */
export class PreparedRead<Row extends object> {
  readonly sql: string;
  readonly #firstRow: FirstRow;
  readonly #firstRowIn: FirstRowIn;
  readonly #readers: readonly (EntityReader | ExpressionReader)[];

  /**
   * @param name name of the prepared statement, unique for its SQL
   * @param from the SQL after the selected columns, with the parameters `$1`, `$2`, …
   */
  constructor(name: string, dataSource: DataSource, selection: Selection<Row>, from: string) {
    let columns = 0;
    this.#readers = Object.entries<AnySelection>(selection).map(([alias, selected]) => {
      const reader =
        "sql" in selected
          ? new ExpressionReader(alias, selected.sql, columns)
          : new EntityReader(dataSource, alias, selected.entity, selected.only, columns);
      columns += reader.columns.length;
      return reader;
    });
    const selected = this.#readers.flatMap((reader) => reader.columns);
    this.sql = `SELECT ${selected.join(", ")} ${from}`;
    this.#firstRow = prepare(name, dataSource, selected, from);
    this.#firstRowIn = prepareInUnitsOfWork(dataSource, selected, from);
  }

  /**
   * Reads the first committed row. An entity is null if an outer join matches no row.
   * @param values a text that the databases cannot store is read as the empty one, which no key is
   */
  async first(...values: Value[]): Promise<Row | null> {
    return this.#toRow(await this.#firstRow(values.map(storable)));
  }

  /**
   * Reads the first row as the unit of work of the manager sees it.
   * @param forShare the aliases whose rows to lock, in this order, against changes until the commit
   */
  async firstIn(
    manager: EntityManager,
    values: readonly Value[],
    forShare: readonly (keyof Row & string)[] = [],
  ): Promise<Row | null> {
    return this.#toRow(await this.#firstRowIn(manager, values, forShare));
  }

  #toRow(cells: readonly unknown[] | undefined): Row | null {
    if (!cells) return null;
    const row: Record<string, unknown> = {};
    for (const reader of this.#readers) row[reader.alias] = reader.read(cells);
    return row as Row;
  }
}

function storable(value: Value): Value {
  return typeof value !== "string" || isWellFormedText(value) ? value : "";
}

/** Reads the value of an expression. */
class ExpressionReader {
  readonly columns: readonly string[];

  constructor(
    readonly alias: string,
    sql: string,
    private readonly index: number,
  ) {
    this.columns = [sql];
  }

  read(cells: readonly unknown[]): unknown {
    return cells[this.index];
  }
}

/** Builds an entity from its cells of a row. */
class EntityReader {
  readonly columns: readonly string[];
  readonly #cells: readonly {
    property: string;
    index: number;
    convert?: (value: unknown) => unknown;
  }[];
  readonly #keyIndex: number;

  constructor(
    dataSource: DataSource,
    readonly alias: string,
    private readonly entity: new () => object,
    only: readonly string[] | undefined,
    firstIndex: number,
  ) {
    const metadata = dataSource.getMetadata(entity);
    const columns = metadata.columns.filter(
      ({ propertyName }) => !only || only.includes(propertyName),
    );
    this.columns = columns.map(({ databaseName }) => `"${alias}"."${databaseName}"`);
    this.#cells = columns.map((column, offset) => ({
      property: column.propertyName,
      index: firstIndex + offset,
      ...(!PLAIN_TYPES.includes(column.type) && { convert: columnConverter(dataSource, column) }),
    }));
    this.#keyIndex = firstIndex + columns.findIndex((column) => column.isPrimary);
  }

  read(cells: readonly unknown[]): object | null {
    if (cells[this.#keyIndex] === null) return null;
    const entity = new this.entity() as Record<string, unknown>;
    for (const { property, index, convert } of this.#cells) {
      const cell = cells[index];
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
