import type { EntityTarget, ObjectLiteral } from "typeorm";
import type { ClientOwner } from "../shared/client-owner.js";
import { Client, type ClientStatus } from "./client.entity.js";
import type { ClientOwnerReference } from "./client-owner-rules.js";
import {
  metadataKeyTerm,
  metadataValueTerm,
  ownerTerm,
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
  owner?: ClientOwnerReference | null | undefined;
}

/** A filter after validation. */
export interface ValidClientFilter extends Omit<ClientFilter, "owner"> {
  owner?: ClientOwner | null | undefined;
}

/**
 * Holds for the clients that have a row in a table, or that have none. Each table has indices by which a client's
 * rows and the rows of all clients are found.
 */
export interface RowCondition {
  entity: EntityTarget<ObjectLiteral & { projectId: string; clientId: string }>;
  /** Condition of the rows, whose table has this alias in the query. */
  where: (alias: string) => string;
  parameters?: ObjectLiteral;
  /** Whether clients must have no such row. */
  isNegated?: boolean;
}

/** Grants of clients on an API, whose table is a feature that imports clients (ADR 0001). */
export type GrantsOnApi = (apiId: string) => RowCondition;

export function searchTerms({ scopes, status, metadata, owner }: ValidClientFilter): string[] {
  return [
    ...new Set([
      ...(scopes ?? []).map(scopeTerm),
      ...(metadata ?? []).map(({ key, value }) =>
        typeof value === "string" ? metadataValueTerm(key, value) : metadataKeyTerm(key),
      ),
      ...(owner ? [ownerTerm(owner)] : []),
      ...(status ? [statusTerm(status)] : []),
    ]),
  ];
}

const isValid = (secret: string) => `(${secret}.expiresAt IS NULL OR ${secret}.expiresAt > :now)`;

/** @param now decides which secrets are valid */
export function rowConditions(
  filter: ValidClientFilter,
  grantsOnApi: GrantsOnApi,
  now: Date,
): RowCondition[] {
  const { lastUsedBefore, neverUsed, expiresBefore, secretCreatedBefore, secretStatus } = filter;
  const conditions: RowCondition[] = [];
  const ofClient = (where: RowCondition["where"], parameters: ObjectLiteral = {}) =>
    conditions.push({ entity: Client, where, parameters });
  const ofValidSecret = (where: RowCondition["where"], parameters: ObjectLiteral = {}) =>
    conditions.push({
      entity: ClientSecret,
      where: (secret) => `${where(secret)} AND ${isValid(secret)}`,
      parameters: { ...parameters, now },
    });
  if (lastUsedBefore) ofClient((row) => `${row}.lastUsedAt < :lastUsedBefore`, { lastUsedBefore });
  if (neverUsed === true) ofClient((row) => `${row}.lastUsedAt IS NULL`);
  if (neverUsed === false) ofClient((row) => `${row}.lastUsedAt IS NOT NULL`);
  if (expiresBefore) ofClient((row) => `${row}.expiresAt < :expiresBefore`, { expiresBefore });
  if (secretCreatedBefore) {
    ofValidSecret(
      (row) =>
        `${row}.status IN ('CURRENT', 'PREVIOUS') AND ${row}.createdAt < :secretCreatedBefore`,
      { secretCreatedBefore },
    );
  }
  if (secretStatus === "NONE") {
    conditions.push({
      entity: ClientSecret,
      where: isValid,
      parameters: { now },
      isNegated: true,
    });
  } else if (secretStatus) {
    ofValidSecret((row) => `${row}.status = :secretStatus`, { secretStatus });
  }
  if (typeof filter.apiId === "string") conditions.push(grantsOnApi(filter.apiId));
  return conditions;
}
