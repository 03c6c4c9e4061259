import type { ObjectLiteral, SelectQueryBuilder } from "typeorm";
import { badUserInput } from "./errors.js";
import { ROWS_PER_PART, takeTurn } from "./turns.js";
import { isWellFormedText } from "./well-formed-text.js";

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 1000;

export interface PageRequest {
  first?: number | null | undefined;
  after?: string | null | undefined;
}

export interface KeysetOrder {
  /** Property that comes first in the order; the id breaks ties. Never null. */
  by: string;
  id: string;
  direction: "ASC" | "DESC";
}

/** Where a row stands in an order. */
export interface Position {
  value: Date | string;
  id: string;
}

/** A list in its order, wherever its rows come from. */
export interface KeysetList<T> {
  /** Up to so many rows that come after a position; fewer only where the list ends. */
  rowsAfter(from: Position | null, limit: number): Promise<T[]>;
  countRows(): Promise<number>;
  /** Whether it is ordered by a date. */
  byDate: boolean;
  rowsPerPart: number;
}

/** One page of a list, or a part of a long one. */
export interface Page<T> {
  nodes: T[];
  cursorOf(node: T): string;
  /** Whether more follows, in this page or after it. */
  hasNextPage: boolean;
  /** Of its last node so far. */
  endCursor: string | null;
  /** Counts only when asked, and once. */
  countTotal(): Promise<number>;
  /** The next part of the page; null where the page ends. */
  readOn: (() => Promise<Page<T>>) | null;
}

/** Keyset pagination: each page is a range of an index, whatever its number. */
export function keysetPage<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  request: PageRequest,
  order: KeysetOrder,
): Promise<Page<T>> {
  const { alias } = query;
  const column = query.expressionMap.mainAlias?.metadata.findColumnWithPropertyName(order.by);
  const beyond = order.direction === "ASC" ? ">" : "<";
  const rowsAfter = async (from: Position | null, limit: number) => {
    await takeTurn();
    const rows = query.clone();
    if (from) {
      rows.andWhere(
        `(${alias}.${order.by}, ${alias}.${order.id}) ${beyond} (:fromValue, :fromId)`,
        { fromValue: from.value, fromId: from.id },
      );
    }
    return rows
      .orderBy(`${alias}.${order.by}`, order.direction)
      .addOrderBy(`${alias}.${order.id}`, order.direction)
      .limit(limit)
      .getMany();
  };
  const list: KeysetList<T> = {
    rowsAfter,
    countRows: () => countRows(query),
    byDate: column?.type === Date,
    rowsPerPart: ROWS_PER_PART,
  };
  return readPage(list, request, order);
}

/** @throws BAD_USER_INPUT */
export async function readPage<T extends ObjectLiteral>(
  list: KeysetList<T>,
  request: PageRequest,
  order: KeysetOrder,
): Promise<Page<T>> {
  const first = pageSizeOf(request);
  const after = positionOf(request, order, list.byDate);
  const cursorOf = (node: T) => encodeCursor(order, node);
  let total: Promise<number> | undefined;
  const countTotal = () => {
    total ??= list.countRows();
    return total;
  };

  // to divide a shorter one would cost it more than others gain
  const isLong = first > 2 * list.rowsPerPart;
  const rowsPerPart = isLong ? list.rowsPerPart : first;
  async function part(from: Position | null, left: number, end: string | null): Promise<Page<T>> {
    const isLast = left <= rowsPerPart;
    // the last one with the row that tells whether more follow
    const limit = isLast ? left + 1 : rowsPerPart;
    const rows = await list.rowsAfter(from, limit);
    const nodes = rows.slice(0, left);
    const last = nodes.at(-1);
    const hasNextPage = rows.length === limit;
    const endCursor = last ? cursorOf(last) : end;
    const readOn =
      last && hasNextPage && !isLast
        ? () => part(placeOf(last, order), left - nodes.length, endCursor)
        : null;
    return { nodes, cursorOf, hasNextPage, endCursor, countTotal, readOn };
  }

  return part(after, first, null);
}

/** @throws BAD_USER_INPUT */
export function pageSizeOf(request: PageRequest): number {
  const first = request.first ?? DEFAULT_PAGE_SIZE;
  if (first >= 1 && first <= MAX_PAGE_SIZE) return first;
  throw badUserInput(["first"], `Must be between 1 and ${MAX_PAGE_SIZE}`);
}

function placeOf(node: ObjectLiteral, { by, id }: KeysetOrder): Position {
  return { value: node[by], id: node[id] };
}

/** What a page comes after, if anything. @throws BAD_USER_INPUT */
function positionOf({ after }: PageRequest, order: KeysetOrder, byDate: boolean): Position | null {
  return after === null || after === undefined ? null : decodeCursor(after, order, byDate);
}

/** TypeORM's getCount would gather all keys to tell them apart. */
export async function countRows<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
): Promise<number> {
  const row = await query.clone().select("COUNT(*)", "count").getRawOne<{ count: string }>();
  return Number(row?.count);
}

function encodeCursor(order: KeysetOrder, node: ObjectLiteral): string {
  const value: unknown = node[order.by];
  const plain = value instanceof Date ? { date: value.toISOString() } : value;
  return Buffer.from(JSON.stringify([order.by, order.direction, plain, node[order.id]])).toString(
    "base64url",
  );
}

function decodeCursor(cursor: string, order: KeysetOrder, byDate: boolean): Position {
  const invalid = badUserInput(["after"], "Not a cursor of this list in this order");
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw invalid;
  }
  if (!Array.isArray(parts) || parts.length !== 4) throw invalid;
  const [by, direction, plain, id] = parts as unknown[];
  if (by !== order.by || direction !== order.direction) throw invalid;
  const value = byDate ? dateOf(plain) : plain;
  if (typeof id !== "string" || !isWellFormedText(id)) throw invalid;
  if (value instanceof Date) return { value, id };
  if (byDate || typeof value !== "string" || !isWellFormedText(value)) throw invalid;
  return { value, id };
}

function dateOf(plain: unknown): Date | null {
  const { date } = (plain ?? {}) as { date?: unknown };
  // exactly as encodeCursor writes it, in a year that each database knows
  const known = typeof date === "string" && /^(?!0000)\d{4}-/.test(date) ? new Date(date) : null;
  return known && !Number.isNaN(known.getTime()) ? known : null;
}
