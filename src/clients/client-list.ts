import { containsPattern } from "../shared/name-search.js";
import { keysetPage, type Page, type PageRequest } from "../shared/page.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { validate } from "../shared/validation.js";
import { Client, type ClientStatus } from "./client.entity.js";
import { clientFilterRules } from "./client-rules.js";
import { ClientSearchTerm, metadataKeyTerm, scopeTerm } from "./client-search-term.entity.js";

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

export class ClientList {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async page(
    projectId: string,
    request: PageRequest,
    filter: ClientFilter,
    order: ClientOrder,
  ): Promise<Page<Client>> {
    const { clientIds, nameContains, scopes, status, metadataKey } = validate(
      clientFilterRules,
      filter,
      ["filter"],
    );
    const query = this.unitOfWork.read
      .createQueryBuilder(Client, "client")
      .where("client.projectId = :projectId", { projectId });
    if (clientIds) {
      // IN () is no SQL
      if (clientIds.length === 0) query.andWhere("1 = 0");
      else query.andWhere("client.clientId IN (:...clientIds)", { clientIds });
    }
    if (status) query.andWhere("client.status = :status", { status });
    if (nameContains) {
      const pattern = containsPattern(nameContains);
      query.andWhere("client.nameKey LIKE :pattern ESCAPE '\\'", { pattern });
    }
    const terms = [
      ...new Set([
        ...(scopes ?? []).map(scopeTerm),
        ...(metadataKey ? [metadataKeyTerm(metadataKey)] : []),
      ]),
    ];
    if (terms.length > 0) {
      const having = query
        .subQuery()
        .select("term.clientId")
        .from(ClientSearchTerm, "term")
        .where("term.projectId = :projectId AND term.term IN (:...terms)")
        .groupBy("term.clientId")
        .having("COUNT(*) = :termCount");
      query
        .andWhere(`client.clientId IN ${having.getQuery()}`)
        .setParameters({ terms, termCount: terms.length });
    }
    return keysetPage(query, request, {
      by: CLIENT_ORDER_FIELDS[order.field],
      id: "clientId",
      direction: order.direction,
    });
  }
}
