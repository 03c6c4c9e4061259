import { setImmediate } from "node:timers/promises";
import type { EntityManager, SelectQueryBuilder } from "typeorm";
import { likeContains } from "../persistence/name-search.js";
import { type KeysetOrder, keysetPage, type Page, type PageRequest } from "../persistence/page.js";
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

/** A client must meet all conditions that are set. */
export interface ClientFilter {
  clientIds?: string[] | null | undefined;
  /** Part of the name, case-insensitive. */
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

/** Counting the clients of a term stops here; terms with more are equally selective. */
const MAX_TERM_COUNT = 10_000;

/** Lists a project's clients by filter and order. */
export class ClientSearch {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Reads a page from an index in the list's order: of all clients, or of the clients with one search term.
   * The database checks the other conditions row by row (ADR 0013).
   */
  async search(
    caller: Caller,
    request: PageRequest,
    filter: ClientFilter,
    { field, direction }: ClientOrder,
  ): Promise<Page<Client>> {
    assertPermitted(caller, "clients:read");
    // SQLite reads in the event loop: other requests get their turn before each search and each count.
    await setImmediate();
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
      restrict(clients, rules, terms);
      return keysetPage(clients, request, order);
    }
    const term = await mostSelectiveTerm(manager, projectId, terms);
    const withTerm = manager
      .createQueryBuilder(ClientSearchTerm, "listed")
      .where("listed.projectId = :projectId AND listed.term = :term", { projectId, term });
    const otherTerms = terms.filter((other) => other !== term);
    restrict(withTerm, rules, otherTerms);
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

/** @param query reads clients, or search terms, which have the columns that conditions need */
function restrict(
  query: SelectQueryBuilder<Client> | SelectQueryBuilder<ClientSearchTerm>,
  { nameContains }: ClientFilter,
  terms: string[],
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

/** The term that the fewest clients have. */
async function mostSelectiveTerm(
  manager: EntityManager,
  projectId: string,
  terms: string[],
): Promise<string | undefined> {
  if (terms.length < 2) return terms[0];
  let mostSelective: string | undefined;
  let lowestCount = Number.POSITIVE_INFINITY;
  for (const term of terms) {
    const count = await countTerm(manager, projectId, term);
    await setImmediate();
    if (count < lowestCount) [mostSelective, lowestCount] = [term, count];
  }
  return mostSelective;
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
          .limit(MAX_TERM_COUNT),
      "matches",
    )
    .getRawOne<{ count: string }>();
  return Number(row?.count);
}
