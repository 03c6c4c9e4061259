import { setImmediate } from "node:timers/promises";
import type { EntityManager, SelectQueryBuilder } from "typeorm";
import { likeContains } from "../persistence/name-search.js";
import { type KeysetOrder, keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import { clientReach } from "../shared/client-reach.js";
import { validate } from "../shared/validation.js";
import { Client } from "./client.entity.js";
import {
  type ClientFilter,
  type GrantsOnApi,
  type RowCondition,
  rowConditions,
  searchTerms,
} from "./client-filter.js";
import { clientFilterRules } from "./client-rules.js";
import { ClientSearchTerm, ownerTerm, statusTerm } from "./client-search-term.entity.js";

export const CLIENT_ORDER_FIELDS = {
  CREATED_AT: "createdAt",
  UPDATED_AT: "updatedAt",
  NAME: "normalizedName",
} as const;

export interface ClientOrder {
  field: keyof typeof CLIENT_ORDER_FIELDS;
  direction: "ASC" | "DESC";
}

export const NEWEST_FIRST: ClientOrder = { field: "CREATED_AT", direction: "DESC" };

/** Counting the clients of a condition stops here; conditions with more are equally selective. */
const MAX_SORTED_CLIENTS = 5_000;

/** The conditions of a filter. */
interface Conditions {
  nameContains?: string | null | undefined;
  terms: string[];
  rows: RowCondition[];
}

/** Lists a project's clients by filter and order. */
export class ClientSearch {
  constructor(
    private readonly platform: Platform,
    private readonly grantsOnApi: GrantsOnApi,
    private readonly maxSortedClients = MAX_SORTED_CLIENTS,
  ) {}

  /**
   * Reads a page from an index in the list's order: of all clients, or of the clients with one search term.
   * Few clients of a row condition are read and sorted instead. The database checks the other conditions row
   * by row (ADR 0013).
   */
  async search(
    caller: Caller,
    request: PageRequest,
    filter: ClientFilter,
    { field, direction }: ClientOrder,
  ): Promise<Page<Client>> {
    const { projectId, owner } = clientReach(caller, "clients:read");
    // SQLite reads in the event loop: other requests get their turn before each search and each count.
    await setImmediate();
    const rules = validate(clientFilterRules, filter, ["filter"]);
    const { clientIds, nameContains } = rules;
    const order: KeysetOrder = { by: CLIENT_ORDER_FIELDS[field], id: "clientId", direction };
    const terms = [...new Set([...(owner ? [ownerTerm(owner)] : []), ...searchTerms(rules)])];
    const rows = rowConditions(rules, this.grantsOnApi, this.platform.clock.now());
    const manager = this.platform.unitOfWork.read;
    if (clientIds) {
      const clients = manager.createQueryBuilder(Client, "listed");
      whereIdIn(clients, projectId, clientIds);
      restrict(clients, { nameContains, terms, rows });
      return keysetPage(clients, request, order);
    }
    const { term, row } = await mostSelective(
      manager,
      projectId,
      { terms, rows },
      this.maxSortedClients,
    );
    if (term !== undefined) {
      const withTerm = manager
        .createQueryBuilder(ClientSearchTerm, "listed")
        .where("listed.projectId = :projectId AND listed.term = :term", { projectId, term });
      const otherTerms = terms.filter((other) => other !== term);
      restrict(withTerm, { nameContains, terms: otherTerms, rows });
      return pageOfClients(withTerm, request, order);
    }
    const clients = manager.createQueryBuilder(Client, "listed");
    if (row) whereRowIn(clients, projectId, row);
    else clients.where("listed.projectId = :projectId", { projectId });
    restrict(clients, { nameContains, terms, rows: rows.filter((other) => other !== row) });
    return keysetPage(clients, request, order);
  }
}

/** Compares both columns of the primary key: otherwise SQLite reads an index of the whole project. */
function whereIdIn(
  query: SelectQueryBuilder<Client>,
  projectId: string,
  clientIds: string[],
): void {
  // VALUES needs at least one row.
  if (clientIds.length === 0) {
    query.where("1 = 0");
    return;
  }
  const keys = clientIds.map((_, index) => `(:projectId, :clientId${index})`);
  const ids = Object.fromEntries(clientIds.map((id, index) => [`clientId${index}`, id]));
  query
    .where(`(listed.projectId, listed.clientId) IN (VALUES ${keys.join(", ")})`, ids)
    .setParameter("projectId", projectId);
}

function whereRowIn(
  query: SelectQueryBuilder<Client>,
  projectId: string,
  { entity, where, parameters }: RowCondition,
): void {
  const rows = query
    .subQuery()
    .select(["matched.projectId", "matched.clientId"])
    .from(entity, "matched")
    .where("matched.projectId = :projectId")
    .andWhere(where("matched"));
  query
    .where(`(listed.projectId, listed.clientId) IN ${rows.getQuery()}`, parameters)
    .setParameter("projectId", projectId);
}

/** @param query reads clients, or search terms, which have the columns that conditions need */
function restrict(
  query: SelectQueryBuilder<Client> | SelectQueryBuilder<ClientSearchTerm>,
  { nameContains, terms, rows }: Conditions,
): void {
  if (nameContains) {
    const pattern = likeContains(nameContains);
    query.andWhere("listed.normalizedName LIKE :pattern ESCAPE '\\'", { pattern });
  }
  if (terms.length > 0) {
    const matchCount = query
      .subQuery()
      .select("COUNT(*)")
      .from(ClientSearchTerm, "other")
      .where("other.projectId = listed.projectId AND other.clientId = listed.clientId")
      .andWhere("other.term IN (:...terms)");
    query.andWhere(`${matchCount.getQuery()} = :termCount`, { terms, termCount: terms.length });
  }
  for (const { entity, where, parameters, isNegated } of rows) {
    if (entity === query.expressionMap.mainAlias?.metadata.target) {
      // IS TRUE: by an index of these rows, SQLite would read and sort them all.
      query.andWhere(`(${where("listed")}) IS TRUE`, parameters);
      continue;
    }
    const rowCount = query
      .subQuery()
      .select("COUNT(*)")
      .from(entity, "matched")
      .where("matched.projectId = listed.projectId AND matched.clientId = listed.clientId")
      .andWhere(where("matched"));
    // Not EXISTS: SQLite would join the rows of all clients, by an index without the client.
    query.andWhere(`${rowCount.getQuery()} ${isNegated ? "= 0" : "> 0"}`, parameters);
  }
}

async function pageOfClients(
  terms: SelectQueryBuilder<ClientSearchTerm>,
  request: PageRequest,
  order: KeysetOrder,
): Promise<Page<Client>> {
  const rows = terms
    .clone()
    // An outer join makes SQLite read the terms first. Every term has a client.
    .leftJoin("listed.client", "client")
    // Selects only columns of the term that the index of this order contains.
    .select(["listed.projectId", "listed.clientId", "listed.term", `listed.${order.by}`, "client"]);
  const { nodes, ...page } = await keysetPage(rows, request, order, terms);
  return {
    ...page,
    nodes: nodes.map(({ client }) => client),
    cursorFor: (client) => page.cursorFor(client as Client & ClientSearchTerm),
  };
}

/**
 * The condition that the fewest clients meet: a term, a row condition with few rows, or neither. The clients of
 * a term are listed in order, however many there are.
 */
async function mostSelective(
  manager: EntityManager,
  projectId: string,
  { terms, rows }: Conditions,
  maxCount: number,
): Promise<{ term?: string | undefined; row?: RowCondition | undefined }> {
  if (terms.length < 2 && rows.length === 0) return { term: terms[0] };
  const candidates = [
    ...terms.map((term) => ({ term, condition: termCondition(term) })),
    ...rows.filter(({ isNegated }) => !isNegated).map((row) => ({ row, condition: row })),
  ];
  // Most clients are active: reading their columns takes less than looking each one up from its term.
  const term = rows.length > 0 ? terms.find((one) => one !== statusTerm("ACTIVE")) : terms[0];
  let best: { term?: string | undefined; row?: RowCondition } = { term };
  let lowestCount = maxCount;
  for (const { condition, ...candidate } of candidates) {
    const count = await countRowsUpTo(manager, projectId, condition, lowestCount);
    await setImmediate();
    if (count < lowestCount) [best, lowestCount] = [candidate, count];
  }
  return best;
}

const termCondition = (term: string): RowCondition => ({
  entity: ClientSearchTerm,
  where: (row) => `${row}.term = :term`,
  parameters: { term },
});

async function countRowsUpTo(
  manager: EntityManager,
  projectId: string,
  { entity, where, parameters }: RowCondition,
  limit: number,
): Promise<number> {
  const row = await manager
    .createQueryBuilder()
    .select("COUNT(*)", "count")
    .from(
      (matches) =>
        matches
          .select("1")
          .from(entity, "matched")
          .where("matched.projectId = :projectId", { projectId })
          .andWhere(where("matched"), parameters)
          .limit(limit),
      "matches",
    )
    .getRawOne<{ count: string }>();
  return Number(row?.count);
}
