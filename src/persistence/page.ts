import type { ObjectLiteral, SelectQueryBuilder } from "typeorm";
import { badUserInput } from "../shared/errors.js";
import { isWellFormedText } from "../shared/well-formed-text.js";

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;

export interface PageRequest {
  first?: number | null | undefined;
  after?: string | null | undefined;
}

export interface KeysetOrder {
  /** The property to sort by, whose values are never null. */
  by: string;
  /** The property that breaks ties. */
  id: string;
  direction: "ASC" | "DESC";
}

/** The position of a row in an order. */
export interface Position {
  value: Date | string;
  id: string;
}

/** One page of a list. */
export interface Page<T> {
  nodes: T[];
  cursorFor(node: T): string;
  hasNextPage: boolean;
  /** The cursor of the last node; null for an empty page. */
  endCursor: string | null;
  /** Counts the nodes of all pages. Repeated calls share one query. */
  countTotal(): Promise<number>;
}

/**
 * Reads one page by keyset pagination: every page is a range of an index.
 * @throws BAD_USER_INPUT
 */
export async function keysetPage<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  request: PageRequest,
  order: KeysetOrder,
): Promise<Page<T>> {
  const { alias } = query;
  const column = query.expressionMap.mainAlias?.metadata.findColumnWithPropertyName(order.by);
  const first = pageSize(request);
  const start = startPosition(request, order, column?.type === Date);
  const page = query.clone();
  if (start) {
    const operator = order.direction === "ASC" ? ">" : "<";
    page.andWhere(
      `(${alias}.${order.by}, ${alias}.${order.id}) ${operator} (:startValue, :startId)`,
      {
        startValue: start.value,
        startId: start.id,
      },
    );
  }
  const rows = await page
    .orderBy(`${alias}.${order.by}`, order.direction)
    .addOrderBy(`${alias}.${order.id}`, order.direction)
    // One row more than the page shows whether another page follows.
    .limit(first + 1)
    .getMany();
  const nodes = rows.slice(0, first);
  const last = nodes.at(-1);
  const cursorFor = (node: T) => encodeCursor(order, node);
  let total: Promise<number> | undefined;
  return {
    nodes,
    cursorFor,
    hasNextPage: rows.length > first,
    endCursor: last ? cursorFor(last) : null,
    countTotal: () => {
      total ??= countRows(query);
      return total;
    },
  };
}

/** @throws BAD_USER_INPUT */
function pageSize(request: PageRequest): number {
  const first = request.first ?? DEFAULT_PAGE_SIZE;
  if (first >= 1 && first <= MAX_PAGE_SIZE) return first;
  throw badUserInput(["first"], `Must be between 1 and ${MAX_PAGE_SIZE}`);
}

/** @throws BAD_USER_INPUT */
function startPosition(
  { after }: PageRequest,
  order: KeysetOrder,
  isDate: boolean,
): Position | null {
  return after === null || after === undefined ? null : decodeCursor(after, order, isDate);
}

/** Counts rows without DISTINCT, which TypeORM's getCount adds and which collects every key. */
export async function countRows<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
): Promise<number> {
  const row = await query.clone().select("COUNT(*)", "count").getRawOne<{ count: string }>();
  return Number(row?.count);
}

function encodeCursor(order: KeysetOrder, node: ObjectLiteral): string {
  const value: unknown = node[order.by];
  const jsonValue = value instanceof Date ? { date: value.toISOString() } : value;
  const json = JSON.stringify([order.by, order.direction, jsonValue, node[order.id]]);
  return Buffer.from(json).toString("base64url");
}

function decodeCursor(cursor: string, order: KeysetOrder, isDate: boolean): Position {
  const invalid = badUserInput(["after"], "Must be a cursor of this list in the same order");
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw invalid;
  }
  if (!Array.isArray(parts) || parts.length !== 4) throw invalid;
  const [by, direction, jsonValue, id] = parts as unknown[];
  if (by !== order.by || direction !== order.direction) throw invalid;
  const value = isDate ? parseDate(jsonValue) : parseText(jsonValue);
  if (value === null || typeof id !== "string" || !isWellFormedText(id)) throw invalid;
  return { value, id };
}

function parseText(value: unknown): string | null {
  return typeof value === "string" && isWellFormedText(value) ? value : null;
}

/** Accepts the years 0001 to 9999, which both databases can store. */
function parseDate(value: unknown): Date | null {
  const { date: text } = (value ?? {}) as { date?: unknown };
  if (typeof text !== "string" || !/^(?!0000)\d{4}-/.test(text)) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}
