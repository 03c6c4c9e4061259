import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from "typeorm";
import { containsPattern } from "../shared/name-search.js";

/** Finds names by a part of them, see database/migrations/name-index.ts. */
export interface NameIndex {
  /** How many names of all projects contain the part; not more than `limit`. */
  count(limit: number): Promise<number>;
  /** Leaves the clients whose names contain it in a query of `walked` ones. */
  narrow(query: SelectQueryBuilder<ObjectLiteral>): void;
}

/** What both databases have an index of. */
const TRIGRAM = 3;

/** Null: no index knows so short a part. */
export function nameIndexOf(
  manager: EntityManager,
  part: string | null | undefined,
): NameIndex | null {
  if (!part || [...part].length < TRIGRAM) return null;
  return manager.dataSource.options.type === "postgres"
    ? postgresNames(manager, part)
    : sqliteNames(manager, part);
}

async function count(manager: EntityManager, select: string, parameter: string) {
  const [row] = await manager.query(`SELECT COUNT(*) AS count FROM (${select}) AS matches`, [
    parameter,
  ]);
  return Number((row as { count: string }).count);
}

function postgresNames(manager: EntityManager, part: string): NameIndex {
  const pattern = containsPattern(part);
  const condition = "name_key LIKE $1 ESCAPE '\\'";
  return {
    count: (limit) =>
      count(manager, `SELECT 1 FROM clients WHERE ${condition} LIMIT ${limit}`, pattern),
    narrow: (query) => query.andWhere("walked.nameKey LIKE :pattern ESCAPE '\\'", { pattern }),
  };
}

function sqliteNames(manager: EntityManager, part: string): NameIndex {
  const phrase = `"${part.toLowerCase().replaceAll('"', '""')}"`;
  const matches = "SELECT rowid FROM client_name_trigrams WHERE client_name_trigrams MATCH";
  return {
    count: (limit) => count(manager, `${matches} ? LIMIT ${limit}`, phrase),
    narrow: (query) =>
      query.andWhere(
        `walked.client_id IN (SELECT client_id FROM client_names
           WHERE id IN (${matches} :phrase) AND project_id = :projectId)`,
        { phrase },
      ),
  };
}
