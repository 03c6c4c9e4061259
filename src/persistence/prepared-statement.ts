import { createHash } from "node:crypto";
import { SpanKind } from "@opentelemetry/api";
import type { Database } from "better-sqlite3";
import type { Pool } from "pg";
import { type DataSource, type EntityManager, QueryFailedError } from "typeorm";
import { DateUtils } from "typeorm/util/DateUtils.js";
import { inSpan, isTraced } from "../shared/tracing.js";
import { isPreparedStatementMismatch } from "./database-errors.js";
import { databaseSystem } from "./database-system.js";

export type Value = string | Date | null;

/** The cells of the first row. */
export type FirstRow = (
  values: readonly Value[],
) => unknown[] | undefined | Promise<unknown[] | undefined>;

/** As the unit of work of the manager sees it, and locked until its commit. */
export type FirstRowIn = (
  manager: EntityManager,
  values: readonly Value[],
  forShare: readonly string[],
) => Promise<unknown[] | undefined>;

/**
 * Prepares a SELECT on the connections that TypeORM has opened.
 * @param name unique for its SQL; at most 46 characters, since PostgreSQL cuts names of more than 63
 */
export function prepare(
  name: string,
  dataSource: DataSource,
  selected: readonly string[],
  from: string,
): FirstRow {
  const select = selected.join(", ");
  const prepared = prepareOnConnection(name, dataSource, select, from);
  // As TypeORM's own queries fail.
  const firstRow: FirstRow = async (values) => {
    try {
      return await prepared(values);
    } catch (error) {
      throw new QueryFailedError(`SELECT ${select} ${from}`, [], error as Error);
    }
  };
  return isTraced() ? traced(name, dataSource, firstRow) : firstRow;
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

function prepareOnConnection(
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
export function prepareInUnitsOfWork(
  { options }: DataSource,
  selected: readonly string[],
  from: string,
): FirstRowIn {
  const isPostgres = options.type === "postgres";
  const names = selected.map((_, index) => `c${index}`);
  const select = selected.map((column, index) => `${column} AS c${index}`).join(", ");
  const text = `SELECT ${select} ${from}`;
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
