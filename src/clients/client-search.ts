import type { EntityManager, SelectQueryBuilder } from "typeorm";
import { likeContains } from "../persistence/name-search.js";
import {
  countRows,
  type KeysetOrder,
  keysetPage,
  type Page,
  type PageRequest,
} from "../persistence/page.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { validate } from "../shared/validation.js";
import { Client, type ClientStatus } from "./client.entity.js";
import { clientFilterRules } from "./client-rules.js";
import {
  ClientSearchTerm,
  metadataKeyTerm,
  scopeTerm,
  statusTerm,
} from "./client-search-term.entity.js";

/** All given conditions must hold. */
export interface ClientFilter {
  clientIds?: string[] | null | undefined;
  /** Upper and lower case are the same. */
  nameContains?: string | null | undefined;
  /** Clients that have every one of these scopes. */
  scopes?: string[] | null | undefined;
  status?: ClientStatus | null | undefined;
  /** Clients whose trusted metadata has this top-level key. */
  metadataKey?: string | null | undefined;
}

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

/** Of several terms the list reads the one that fewest clients have; beyond this all count the same. */
const COUNTED_PER_TERM = 10_000;

export class ClientSearch {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * A page is a range of an index in the list's order: of all clients, or of those with one search
   * term. What remains of the filter is checked row by row (ADR 0013).
   */
  async search(
    caller: Caller,
    request: PageRequest,
    filter: ClientFilter,
    { field, direction }: ClientOrder,
  ): Promise<Page<Client>> {
    assertPermitted(caller, "clients:read");
    const { projectId } = caller;
    const rules = validate(clientFilterRules, filter, ["filter"]);
    const { clientIds } = rules;
    const order: KeysetOrder = { by: CLIENT_ORDER_FIELDS[field], id: "clientId", direction };
    const terms = toSearchTerms(rules);
    const manager = this.unitOfWork.read;
    if (clientIds || terms.length === 0) {
      const clients = manager.createQueryBuilder(Client, "listed");
      if (clientIds) whereIdIn(clients, projectId, clientIds);
      else clients.where("listed.projectId = :projectId", { projectId });
      narrow(clients, rules, terms);
      return keysetPage(clients, request, order);
    }
    const mostSelective = await rarestOf(manager, projectId, terms);
    const withTerm = manager
      .createQueryBuilder(ClientSearchTerm, "listed")
      .where("listed.projectId = :projectId AND listed.term = :rarest", {
        projectId,
        rarest: mostSelective,
      });
    const others = terms.filter((term) => term !== mostSelective);
    narrow(withTerm, rules, others);
    return pageOfClients(withTerm, request, order);
  }
}

function toSearchTerms({ scopes, status, metadataKey }: ClientFilter): string[] {
  return [
    ...new Set([
      ...(scopes ?? []).map(scopeTerm),
      ...(metadataKey ? [metadataKeyTerm(metadataKey)] : []),
      ...(status ? [statusTerm(status)] : []),
    ]),
  ];
}

/** By both parts of the primary key, or SQLite would read an index of the whole project instead. */
function whereIdIn(
  query: SelectQueryBuilder<Client>,
  projectId: string,
  clientIds: string[],
): void {
  // VALUES of nothing is no SQL.
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

/** @param query of clients, or of search terms, which repeat what clients are listed by */
function narrow(
  query: SelectQueryBuilder<Client> | SelectQueryBuilder<ClientSearchTerm>,
  { nameContains }: ClientFilter,
  terms: string[],
): void {
  if (nameContains) {
    const pattern = likeContains(nameContains);
    query.andWhere("listed.normalizedName LIKE :pattern ESCAPE '\\'", { pattern });
  }
  if (terms.length > 0) {
    const found = query
      .subQuery()
      .select("COUNT(*)")
      .from(ClientSearchTerm, "other")
      .where("other.projectId = listed.projectId AND other.clientId = listed.clientId")
      .andWhere("other.term IN (:...terms)");
    query.andWhere(`${found.getQuery()} = :termCount`, { terms, termCount: terms.length });
  }
}

async function pageOfClients(
  terms: SelectQueryBuilder<ClientSearchTerm>,
  request: PageRequest,
  order: KeysetOrder,
): Promise<Page<Client>> {
  const rows = terms
    .clone()
    // Outer, so that SQLite begins with the terms. Each has its client.
    .leftJoin("listed.client", "client")
    // No column that the index of this order lacks.
    .select(["listed.projectId", "listed.clientId", "listed.term", `listed.${order.by}`, "client"]);
  let total: Promise<number> | undefined;
  const countTotal = () => {
    total ??= countRows(terms);
    return total;
  };
  const { nodes, ...page } = await keysetPage(rows, request, order);
  return {
    ...page,
    nodes: nodes.map(({ client }) => client),
    cursorFor: (client) => page.cursorFor(client as Client & ClientSearchTerm),
    countTotal,
  };
}

async function rarestOf(
  manager: EntityManager,
  projectId: string,
  terms: string[],
): Promise<string | undefined> {
  if (terms.length < 2) return terms[0];
  let rarest: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const term of terms) {
    const count = await countTerm(manager, projectId, term);
    if (count < fewest) [rarest, fewest] = [term, count];
  }
  return rarest;
}

async function countTerm(manager: EntityManager, projectId: string, term: string): Promise<number> {
  const row = await manager
    .createQueryBuilder()
    .select("COUNT(*)", "count")
    .from(
      (matches) =>
        matches
          .select("1")
          .from(ClientSearchTerm, "term")
          .where("term.projectId = :projectId AND term.term = :term", { projectId, term })
          .limit(COUNTED_PER_TERM),
      "matches",
    )
    .getRawOne<{ count: string }>();
  return Number(row?.count);
}
