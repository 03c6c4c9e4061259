import type { EntityTarget, ObjectLiteral } from "typeorm";
import { Client, type ClientStatus } from "./client.entity.js";
import {
  metadataKeyTerm,
  metadataValueTerm,
  scopeTerm,
  statusTerm,
} from "./client-search-term.entity.js";
import { ClientSecret } from "./client-secret.entity.js";

/** A top-level key of trusted metadata, and its value if that matters. */
export interface MetadataFilter {
  key: string;
  /** A string, or the JSON text of a number or boolean; absent: the key has any value. */
  value?: string | null | undefined;
}

/** NONE: no valid secret. */
export const SECRET_STATUS_FILTERS = ["CURRENT", "NEXT", "PREVIOUS", "NONE"] as const;
export type SecretStatusFilter = (typeof SECRET_STATUS_FILTERS)[number];

/** A client must meet all conditions that are set. */
export interface ClientFilter {
  clientIds?: string[] | null | undefined;
  /** Part of the name, case-insensitive. */
  nameContains?: string | null | undefined;
  /** Clients that have every one of these scopes. */
  scopes?: string[] | null | undefined;
  status?: ClientStatus | null | undefined;
  metadata?: MetadataFilter[] | null | undefined;
  /** Clients that were used, but not at this time or later. */
  lastUsedBefore?: Date | null | undefined;
  neverUsed?: boolean | null | undefined;
  expiresBefore?: Date | null | undefined;
  /** Clients with a valid secret, current or previous, from before this time. */
  secretCreatedBefore?: Date | null | undefined;
  secretStatus?: SecretStatusFilter | null | undefined;
  /** Clients with a grant on this API. */
  apiId?: string | null | undefined;
}

/**
 * Holds for the clients that have a row in a table, or that have none. Each table has indices by which a client's
 * rows and the rows of all clients are found.
 */
export interface RowCondition {
  entity: EntityTarget<ObjectLiteral & { projectId: string; clientId: string }>;
  /** Condition of the rows, which are called `matched`. */
  where: string;
  parameters?: ObjectLiteral;
  /** Whether clients must have no such row. */
  isNegated?: boolean;
}

/** Grants of clients on an API, whose table is a feature that imports clients (ADR 0001). */
export type GrantsOnApi = (apiId: string) => RowCondition;

export function searchTerms({ scopes, status, metadata }: ClientFilter): string[] {
  return [
    ...new Set([
      ...(scopes ?? []).map(scopeTerm),
      ...(metadata ?? []).map(({ key, value }) =>
        typeof value === "string" ? metadataValueTerm(key, value) : metadataKeyTerm(key),
      ),
      ...(status ? [statusTerm(status)] : []),
    ]),
  ];
}

const IS_VALID = "(matched.expiresAt IS NULL OR matched.expiresAt > :now)";

/** @param now decides which secrets are valid */
export function rowConditions(
  filter: ClientFilter,
  grantsOnApi: GrantsOnApi,
  now: Date,
): RowCondition[] {
  const { lastUsedBefore, neverUsed, expiresBefore, secretCreatedBefore, secretStatus } = filter;
  const conditions: RowCondition[] = [];
  const ofClient = (where: string, parameters: ObjectLiteral = {}) =>
    conditions.push({ entity: Client, where, parameters });
  const ofSecret = (where: string, parameters: ObjectLiteral = {}, isNegated = false) =>
    conditions.push({ entity: ClientSecret, where, parameters: { ...parameters, now }, isNegated });
  if (lastUsedBefore) ofClient("matched.lastUsedAt < :lastUsedBefore", { lastUsedBefore });
  if (neverUsed === true) ofClient("matched.lastUsedAt IS NULL");
  if (neverUsed === false) ofClient("matched.lastUsedAt IS NOT NULL");
  if (expiresBefore) ofClient("matched.expiresAt < :expiresBefore", { expiresBefore });
  if (secretCreatedBefore) {
    const isOld =
      "matched.status IN ('CURRENT', 'PREVIOUS') AND matched.createdAt < :secretCreatedBefore";
    ofSecret(`${isOld} AND ${IS_VALID}`, { secretCreatedBefore });
  }
  if (secretStatus === "NONE") ofSecret(IS_VALID, {}, true);
  else if (secretStatus) {
    ofSecret(`matched.status = :secretStatus AND ${IS_VALID}`, { secretStatus });
  }
  if (typeof filter.apiId === "string") conditions.push(grantsOnApi(filter.apiId));
  return conditions;
}
