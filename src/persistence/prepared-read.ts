import { createHash } from "node:crypto";
import { SpanKind } from "@opentelemetry/api";
import type { Database } from "better-sqlite3";
import type { Pool } from "pg";
import type { DataSource, EntityManager } from "typeorm";
import type { ColumnMetadata } from "typeorm/metadata/ColumnMetadata.js";
import { DateUtils } from "typeorm/util/DateUtils.js";
import { inSpan, isTraced } from "../shared/tracing.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { isPreparedStatementMismatch } from "./database-errors.js";
import { databaseSystem } from "./database-system.js";

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

type Value = string | Date | null;
type FirstRow = (
  values: readonly Value[],
) => unknown[] | undefined | Promise<unknown[] | undefined>;

type FirstRowIn = (
  manager: EntityManager,
  values: readonly Value[],
  forShare: readonly string[],
) => Promise<unknown[] | undefined>;

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
    const select = selected.join(", ");
    this.sql = `SELECT ${select} ${from}`;
    const firstRow = prepare(name, dataSource, select, from);
    this.#firstRow = isTraced() ? traced(name, dataSource, firstRow) : firstRow;
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

function traced(name: string, dataSource: DataSource, firstRow: FirstRow): FirstRow {
  const summary = `SELECT ${name}`;
  const attributes = {
    "db.system.name": databaseSystem(dataSource),
    "db.operation.name": "SELECT",
    "db.query.summary": summary,
  };
  return (values) => inSpan(summary, attributes, async () => firstRow(values), SpanKind.CLIENT);
}

/** Prepares the statement on the connections that TypeORM has opened. */
function prepare(
  name: string,
  { driver, options }: DataSource,
  select: string,
  from: string,
): FirstRow {
  if (options.type === "postgres") {
    return prepareOnPool((driver as unknown as { master: Pool }).master, name, select, from);
  }
  const { databaseConnection } = driver as unknown as { databaseConnection: Database };
  const { sql, toPositions } = toPositional(`SELECT ${select} ${from}`);
  const statement = databaseConnection.prepare<[(string | null)[]], unknown[]>(sql).raw();
  return (values) => statement.get(toPositions(values));
}

/** better-sqlite3 treats `$1` as a named parameter, which is slower than `?`. */
function toPositional(text: string) {
  const indices: number[] = [];
  const sql = text.replace(/\$(\d+)/g, (_, number) => {
    indices.push(Number(number) - 1);
    return "?";
  });
  const toPositions = (values: readonly Value[]) =>
    indices.map((index) => toStoredText(values[index] ?? null));
  return { sql, toPositions };
}

/** TypeORM stores a date as text, which SQLite compares. */
function toStoredText(value: Value): string | null {
  return value instanceof Date ? DateUtils.mixedDateToUtcDatetimeString(value) : value;
}

/**
 * Reads on the connection of a unit of work. TypeORM keeps the statement prepared on SQLite. On PostgreSQL it has no
 * name: a pooler's connection may not know it, and the mismatch would abort the transaction.
 */
function prepareInUnitsOfWork(
  { options }: DataSource,
  selected: readonly string[],
  from: string,
): FirstRowIn {
  const isPostgres = options.type === "postgres";
  const names = selected.map((_, index) => `c${index}`);
  const select = selected.map((column, index) => `${column} AS c${index}`).join(", ");
  const text = `SELECT ${select} ${from} LIMIT 1`;
  const { sql, toPositions } = toPositional(text);
  return async (manager, values, forShare) => {
    const lock = forShare.map((alias) => `"${alias}"`).join(", ");
    const rows: Record<string, unknown>[] = isPostgres
      ? await manager.query(lock ? `${text} FOR SHARE OF ${lock}` : text, [...values])
      : await manager.query(sql, toPositions(values));
    const [row] = rows;
    return row && names.map((name) => row[name]);
  };
}

/** Pools whose named statements do not outlive a transaction, as behind a pooler in transaction mode. */
const poolsWithoutNames = new WeakSet<Pool>();

/**
 * Executes a named statement, which PostgreSQL plans once for each connection. If the name turns out to belong
 * to another connection, all reads of the pool go on without names, and this one is repeated (ADR 0024).
 */
function prepareOnPool(pool: Pool, name: string, select: string, from: string): FirstRow {
  const text = `SELECT ${select} ${from}`;
  // Another version of the server may have prepared other SQL under this name on a pooler's connection.
  const uniqueName = `${name}_${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  const read = async (values: readonly Value[], isNamed: boolean) => {
    const query = { text, values: [...values], rowMode: "array" as const };
    const { rows } = await pool.query<unknown[]>(isNamed ? { ...query, name: uniqueName } : query);
    return rows[0];
  };
  return async (values) => {
    if (poolsWithoutNames.has(pool)) return read(values, false);
    try {
      return await read(values, true);
    } catch (error) {
      if (!isPreparedStatementMismatch(error)) throw error;
      poolsWithoutNames.add(pool);
      return read(values, false);
    }
  };
}
