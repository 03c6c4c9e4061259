import type { ObjectLiteral, SelectQueryBuilder } from "typeorm";
import { badUserInput } from "../shared/errors.js";
import { isWellFormedText } from "../shared/well-formed-text.js";

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;

/** The arguments of Relay's connections; at most one of `first` and `last`. */
export interface PageRequest {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
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

/** One page of a list. Each count or look beyond the page takes a query of its own, on the first call. */
export interface Page<T> {
  /** In the order of the list, from whichever end they were counted. */
  nodes: T[];
  cursorFor(node: T): string;
  hasNextPage(): Promise<boolean>;
  hasPreviousPage(): Promise<boolean>;
  /** Counts the nodes of all pages. */
  countTotal(): Promise<number>;
}

/** The part of a list that a request asks for. */
interface Range {
  size: number;
  /** Whether the page is counted from the end of the range. */
  isBackward: boolean;
  after: Position | null;
  before: Position | null;
}

/**
 * Reads one page by keyset pagination: every page is a range of an index.
 * @param counted the list without what `query` only needs for its columns
 * @throws BAD_USER_INPUT
 */
export async function keysetPage<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  request: PageRequest,
  order: KeysetOrder,
  counted: SelectQueryBuilder<T> = query,
): Promise<Page<T>> {
  const { alias } = query;
  const { size, isBackward, after, before } = parseRequest(query, request, order);
  const direction = isBackward ? reverse(order.direction) : order.direction;
  const page = query.clone();
  if (after) whereBeyond(page, order, after, ">");
  if (before) whereBeyond(page, order, before, "<");
  const rows = await page
    .orderBy(`${alias}.${order.by}`, direction)
    .addOrderBy(`${alias}.${order.id}`, direction)
    // One row more than the page shows whether another page follows.
    .limit(size + 1)
    .getMany();
  const nodes = rows.slice(0, size);
  if (isBackward) nodes.reverse();
  const hasMore = async () => rows.length > size;
  const exists = async (position: Position | null, operator: "<=" | ">=") => {
    if (!position) return false;
    const beyond = whereBeyond(query.clone(), order, position, operator);
    return (await beyond.select("1", "found").limit(1).getRawOne()) !== undefined;
  };
  return {
    nodes,
    cursorFor: (node) => encodeCursor(order, node),
    hasNextPage: once(isBackward ? () => exists(before, ">=") : hasMore),
    hasPreviousPage: once(isBackward ? hasMore : () => exists(after, "<=")),
    countTotal: once(() => countRows(counted)),
  };
}

/**
 * Without `first` and `last`, the default number of nodes: counted from `before` if only that is given.
 * @throws BAD_USER_INPUT
 */
function parseRequest<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  { first, after, last, before }: PageRequest,
  order: KeysetOrder,
): Range {
  if (isGiven(first) && isGiven(last)) {
    throw badUserInput(["last"], "Must not be given together with first");
  }
  const isBackward = isGiven(last) || (isGiven(before) && !isGiven(first) && !isGiven(after));
  const size = (isBackward ? last : first) ?? DEFAULT_PAGE_SIZE;
  if (size < 1 || size > MAX_PAGE_SIZE) {
    throw badUserInput([isBackward ? "last" : "first"], `Must be between 1 and ${MAX_PAGE_SIZE}`);
  }
  const column = query.expressionMap.mainAlias?.metadata.findColumnWithPropertyName(order.by);
  const positionOf = (argument: "after" | "before", cursor: string | null | undefined) =>
    isGiven(cursor) ? decodeCursor(argument, cursor, order, column?.type === Date) : null;
  return {
    size,
    isBackward,
    after: positionOf("after", after),
    before: positionOf("before", before),
  };
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

function reverse(direction: "ASC" | "DESC"): "ASC" | "DESC" {
  return direction === "ASC" ? "DESC" : "ASC";
}

const DESCENDING = { "<": ">", ">": "<", "<=": ">=", ">=": "<=" } as const;

/** @param operator `>`: rows that follow the position in the order, whatever its direction */
function whereBeyond<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  { by, id, direction }: KeysetOrder,
  position: Position,
  operator: keyof typeof DESCENDING,
): SelectQueryBuilder<T> {
  const { alias } = query;
  const name = operator.startsWith(">") ? "after" : "before";
  const comparison = direction === "ASC" ? operator : DESCENDING[operator];
  return query.andWhere(
    `(${alias}.${by}, ${alias}.${id}) ${comparison} (:${name}Value, :${name}Id)`,
    { [`${name}Value`]: position.value, [`${name}Id`]: position.id },
  );
}

/** Repeated calls share one result. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= read();
    return result;
  };
}

/** Counts rows without DISTINCT, which TypeORM's getCount adds and which collects every key. */
async function countRows<T extends ObjectLiteral>(query: SelectQueryBuilder<T>): Promise<number> {
  const row = await query.clone().select("COUNT(*)", "count").getRawOne<{ count: string }>();
  return Number(row?.count);
}

function encodeCursor(order: KeysetOrder, node: ObjectLiteral): string {
  const value: unknown = node[order.by];
  const jsonValue = value instanceof Date ? { date: value.toISOString() } : value;
  const json = JSON.stringify([order.by, order.direction, jsonValue, node[order.id]]);
  return Buffer.from(json).toString("base64url");
}

function decodeCursor(
  argument: "after" | "before",
  cursor: string,
  order: KeysetOrder,
  isDate: boolean,
): Position {
  const invalid = badUserInput([argument], "Must be a cursor of this list in the same order");
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
