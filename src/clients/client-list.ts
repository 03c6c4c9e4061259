import type { EntityManager, ObjectLiteral } from "typeorm";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { containsPattern } from "../shared/name-search.js";
import type { KeysetOrder, Page, PageRequest } from "../shared/page.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { validate } from "../shared/validation.js";
import { Client, type ClientStatus } from "./client.entity.js";
import type { ClientName } from "./client-name.entity.js";
import { nameIndexOf } from "./client-name-index.js";
import { clientFilterRules } from "./client-rules.js";
import {
  ClientSearchTerm,
  metadataKeyTerm,
  scopeTerm,
  statusTerm,
} from "./client-search-term.entity.js";
import { type Check, type Query, walkedPage } from "./client-walk.js";

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
  NAME: "nameKey",
} as const;

export interface ClientOrder {
  field: keyof typeof CLIENT_ORDER_FIELDS;
  direction: "ASC" | "DESC";
}

export const NEWEST_FIRST: ClientOrder = { field: "CREATED_AT", direction: "DESC" };

/** How much of the tables a list looks at. */
export interface SearchBounds {
  /** Clients are looked up by a part of their names if that takes so many look-ups at most. */
  lookups: number;
  /** Look-ups of names that take as long as one of a term. */
  namesPerTerm: number;
  /** Of several terms the one that fewest clients have is walked; beyond this all count the same. */
  countedPerTerm: number;
  rowsPerStep: number;
}

const ON_SQLITE: SearchBounds = {
  lookups: 25_000,
  namesPerTerm: 10,
  countedPerTerm: 15_000,
  rowsPerStep: 5_000,
};
/** A long statement keeps nobody else waiting there. */
const ON_POSTGRES: SearchBounds = {
  ...ON_SQLITE,
  lookups: 20_000,
  namesPerTerm: 1,
  rowsPerStep: Number.POSITIVE_INFINITY,
};

export class ClientList {
  readonly #bounds: SearchBounds;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    bounds?: SearchBounds,
  ) {
    const { type } = unitOfWork.read.dataSource.options;
    this.#bounds = bounds ?? (type === "postgres" ? ON_POSTGRES : ON_SQLITE);
  }

  /**
   * Few clients, named by ids or found by their names, are looked up and sorted. All others are
   * ranges of an index in the list's order: the clients of a term, of the rarest of several, or all
   * of them, where the conditions that remain are checked for one row after another.
   */
  async page(
    caller: Caller,
    request: PageRequest,
    filter: ClientFilter,
    { field, direction }: ClientOrder,
  ): Promise<Page<Client>> {
    assertPermitted(caller, "clients:read");
    const { projectId } = caller;
    const rules = validate(clientFilterRules, filter, ["filter"]);
    const { clientIds, nameContains } = rules;
    const terms = termsOf(rules);
    const manager = this.unitOfWork.read;
    const { lookups, namesPerTerm } = this.#bounds;
    const order: KeysetOrder = { by: CLIENT_ORDER_FIELDS[field], id: "clientId", direction };
    const walked = (entity: typeof Client | typeof ClientName | typeof ClientSearchTerm) =>
      manager.createQueryBuilder<ObjectLiteral>(entity, "walked").setParameters({ projectId });

    const lookUp = (range: Query) => {
      const checks = checksOf(nameContains, terms, order);
      const walk = { ...this.#bounds, range, isSorted: false, checks };
      return walkedPage(manager, walk, request, order);
    };

    if (clientIds) return lookUp(hasOneOf(walked(Client), clientIds));
    const names = nameIndexOf(manager, nameContains);
    if (names && (await names.areFew(lookups / (1 + namesPerTerm * terms.length)))) {
      return lookUp(names.narrow(walked(names.rows)));
    }
    const rarest = await this.#rarest(manager, projectId, terms);
    const range = walked(rarest === undefined ? Client : ClientSearchTerm);
    range.where("walked.projectId = :projectId");
    if (rarest !== undefined) range.andWhere("walked.term = :rarest", { rarest });
    const others = terms.filter((term) => term !== rarest);
    const checks = checksOf(nameContains, others, order);
    return walkedPage(manager, { ...this.#bounds, range, isSorted: true, checks }, request, order);
  }

  async #rarest(
    manager: EntityManager,
    projectId: string,
    terms: string[],
  ): Promise<string | undefined> {
    if (terms.length < 2) return terms[0];
    let rarest: string | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const term of terms) {
      const limit = Math.min(fewest, this.#bounds.countedPerTerm);
      const count = await countTerm(manager, projectId, term, limit);
      if (count === 0) return term;
      if (count < fewest) [rarest, fewest] = [term, count];
    }
    return rarest;
  }
}

function termsOf({ scopes, status, metadataKey }: ClientFilter): string[] {
  return [
    ...new Set([
      ...(scopes ?? []).map(scopeTerm),
      ...(metadataKey ? [metadataKeyTerm(metadataKey)] : []),
      ...(status ? [statusTerm(status)] : []),
    ]),
  ];
}

/** By both parts of the primary key, or SQLite would read an index of the whole project instead. */
function hasOneOf(query: Query, clientIds: string[]): Query {
  const keys = clientIds.map((_, index) => `(:projectId, :clientId${index})`);
  const ids = Object.fromEntries(clientIds.map((id, index) => [`clientId${index}`, id]));
  // VALUES of nothing is no SQL
  if (keys.length === 0) return query.where("1 = 0");
  return query.where(`(walked.projectId, walked.clientId) IN (VALUES ${keys.join(", ")})`, ids);
}

function checksOf(
  nameContains: string | null | undefined,
  terms: string[],
  order: KeysetOrder,
): Check[] {
  const checks: Check[] = [];
  if (nameContains) {
    // not the bare column, so that PostgreSQL has no index for it and takes the way that it is shown
    const pattern = containsPattern(nameContains);
    checks.push((query) =>
      query.andWhere("(walked.nameKey || '') LIKE :pattern ESCAPE '\\'", { pattern }),
    );
  }
  if (terms.length > 0) checks.push((query) => hasTerms(query, terms, order));
  return checks;
}

/**
 * Looked up in the order of the walk, so that one look-up falls beside the one before. A count in
 * brackets stays a look-up for each row, where EXISTS might become a join; and BETWEEN makes the
 * index of that order fit better than the primary key, whose order is none of the walk's.
 */
function hasTerms(query: Query, terms: string[], { by }: KeysetOrder): void {
  const count = query
    .subQuery()
    .select("COUNT(*)")
    .from(ClientSearchTerm, "other")
    .where(`other.projectId = walked.projectId AND other.${by} = walked.${by}`)
    .andWhere("other.clientId BETWEEN walked.clientId AND walked.clientId")
    .andWhere("other.term IN (:...terms)");
  query.andWhere(`${count.getQuery()} = :termCount`, { terms, termCount: terms.length });
}

async function countTerm(
  manager: EntityManager,
  projectId: string,
  term: string,
  limit: number,
): Promise<number> {
  const row = await manager
    .createQueryBuilder()
    .select("COUNT(*)", "count")
    .from(
      (matches) =>
        matches
          .select("1")
          .from(ClientSearchTerm, "term")
          .where("term.projectId = :projectId AND term.term = :term", { projectId, term })
          .limit(limit),
      "matches",
    )
    .getRawOne<{ count: string }>();
  return Number(row?.count);
}
