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

/** One page of a list. */
export interface Page<T> {
  nodes: T[];
  cursorFor(node: T): string;
  hasNextPage: boolean;
  /** Of its last node; null if it is empty. */
  endCursor: string | null;
  /** Counts only when asked, and once. */
  countTotal(): Promise<number>;
}

/** Keyset pagination: each page is a range of an index, whatever its number. @throws BAD_USER_INPUT */
export async function keysetPage<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  request: PageRequest,
  order: KeysetOrder,
): Promise<Page<T>> {
  const { alias } = query;
  const column = query.expressionMap.mainAlias?.metadata.findColumnWithPropertyName(order.by);
  const first = pageSize(request);
  const from = startPosition(request, order, column?.type === Date);
  const page = query.clone();
  if (from) {
    const beyond = order.direction === "ASC" ? ">" : "<";
    page.andWhere(`(${alias}.${order.by}, ${alias}.${order.id}) ${beyond} (:fromValue, :fromId)`, {
      fromValue: from.value,
      fromId: from.id,
    });
  }
  const rows = await page
    .orderBy(`${alias}.${order.by}`, order.direction)
    .addOrderBy(`${alias}.${order.id}`, order.direction)
    // with the row that tells whether more follow
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

/** What a page comes after, if anything. @throws BAD_USER_INPUT */
function startPosition(
  { after }: PageRequest,
  order: KeysetOrder,
  byDate: boolean,
): Position | null {
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
  const value = byDate ? parseDate(plain) : plain;
  if (typeof id !== "string" || !isWellFormedText(id)) throw invalid;
  if (value instanceof Date) return { value, id };
  if (byDate || typeof value !== "string" || !isWellFormedText(value)) throw invalid;
  return { value, id };
}

function parseDate(plain: unknown): Date | null {
  const { date } = (plain ?? {}) as { date?: unknown };
  // exactly as encodeCursor writes it, in a year that each database knows
  const known = typeof date === "string" && /^(?!0000)\d{4}-/.test(date) ? new Date(date) : null;
  return known && !Number.isNaN(known.getTime()) ? known : null;
}
