import { setImmediate } from "node:timers/promises";
import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from "typeorm";
import {
  countRows,
  type KeysetList,
  type KeysetOrder,
  type Page,
  type PageRequest,
  type Position,
  readPage,
} from "../shared/page.js";
import { Client } from "./client.entity.js";

export type Query = SelectQueryBuilder<ObjectLiteral>;

const ALL = Number.POSITIVE_INFINITY;

export type Check = (query: Query) => unknown;

/** A way through the clients in a list's order. */
export interface Walk {
  /** One row, of whatever table, for each client that may be in the list; its alias is `walked`. */
  range: Query;
  /** What an index of the range does not know about its rows. */
  checks: Check[];
  /** Whether an index has the rows in the list's order; if not, they are few. */
  isSorted: boolean;
  /** Rows that are checked before other requests are served. */
  rowsPerStep: number;
}

/** A page of what the walk comes by; its total, too, is counted step by step. */
export async function walkedPage(
  manager: EntityManager,
  walk: Walk,
  request: PageRequest,
  order: KeysetOrder,
): Promise<Page<Client>> {
  const list: KeysetList<Client> = {
    rowsAfter: (from, limit) => clientsAfter(manager, walk, order, from, limit),
    countRows: () => countWalked(walk, order),
    byDate: order.by !== "nameKey",
  };
  return readPage(list, request, order);
}

async function clientsAfter(
  manager: EntityManager,
  walk: Walk,
  order: KeysetOrder,
  from: Position | null,
  limit: number,
): Promise<Client[]> {
  const rows: Client[] = [];
  for (let at = from; ; ) {
    const { step, last } = await stepAfter(at, walk, order, pageStep(walk));
    const found = inOrder(step, walk, order).limit(limit - rows.length);
    rows.push(...(await clientsOf(manager, found, walk, order)));
    if (rows.length === limit || !last) return rows;
    at = last;
    await setImmediate();
  }
}

/** Rows per step of a page: without checks, each row that is looked at is one of the page. */
function pageStep({ isSorted, checks, rowsPerStep }: Walk): number {
  return isSorted && checks.length > 0 ? rowsPerStep : ALL;
}

async function countWalked(walk: Walk, order: KeysetOrder): Promise<number> {
  const rowsPerStep = walk.isSorted ? walk.rowsPerStep : ALL;
  let total = 0;
  for (let from: Position | null = null; ; ) {
    const { step, last } = await stepAfter(from, walk, order, rowsPerStep);
    total += await countRows(step);
    if (!last) return total;
    from = last;
    await setImmediate();
  }
}

/**
 * The next part of the walk.
 * @returns where it ends; null if that is the end of the walk
 */
async function stepAfter(
  from: Position | null,
  walk: Walk,
  order: KeysetOrder,
  rowsPerStep: number,
): Promise<{ step: Query; last: Position | null }> {
  const [beyond, upTo] = order.direction === "ASC" ? [">", "<="] : ["<", ">="];
  const position = `(${sortKey(walk, order)}, walked.${order.id})`;
  const step = walk.range.clone();
  if (from) {
    const { value: fromValue, id: fromId } = from;
    step.andWhere(`${position} ${beyond} (:fromValue, :fromId)`, { fromValue, fromId });
  }
  const last =
    rowsPerStep === ALL ? null : await positionAt(inOrder(step, walk, order), rowsPerStep);
  if (last) {
    const { value: lastValue, id: lastId } = last;
    step.andWhere(`${position} ${upTo} (:lastValue, :lastId)`, { lastValue, lastId });
  }
  for (const check of walk.checks) check(step);
  return { step, last };
}

/** Of unsorted rows a plan shall not begin with an index in this order: there is none for this. */
function sortKey({ isSorted }: Walk, { by }: KeysetOrder): string {
  return isSorted ? `walked.${by}` : `COALESCE(walked.${by}, walked.${by})`;
}

function inOrder(step: Query, walk: Walk, order: KeysetOrder): Query {
  const by = sortKey(walk, order);
  return step
    .clone()
    .select("walked.projectId", "project")
    .addSelect(by, "value")
    .addSelect(`walked.${order.id}`, "id")
    .orderBy(by, order.direction)
    .addOrderBy(`walked.${order.id}`, order.direction);
}

/** Where the row of that number stands; null if there are fewer. */
async function positionAt(query: Query, row: number): Promise<Position | null> {
  const found = await query
    .offset(row - 1)
    .limit(1)
    .getRawOne<Position>();
  return found ?? null;
}

/** In one statement with what was found, so that no change comes between. */
async function clientsOf(
  manager: EntityManager,
  found: Query,
  { isSorted, checks }: Walk,
  { direction }: KeysetOrder,
): Promise<Client[]> {
  const isPlain =
    isSorted && checks.length === 0 && found.expressionMap.mainAlias?.target === Client;
  if (isPlain) return found.select("walked").getMany() as Promise<Client[]>;
  return manager
    .createQueryBuilder(Client, "client")
    .innerJoin(
      `(${found.getQuery()})`,
      "found",
      "found.project = client.projectId AND found.id = client.clientId",
    )
    .setParameters(found.getParameters())
    .orderBy("found.value", direction)
    .addOrderBy("found.id", direction)
    .getMany();
}
