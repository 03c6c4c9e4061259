import type { EntityManager } from "typeorm";
import { containsPattern } from "../shared/name-search.js";
import { Client } from "./client.entity.js";
import { ClientName } from "./client-name.entity.js";
import type { Query } from "./client-walk.js";

/** Finds clients by a part of their names, see database/migrations/name-index.ts. */
export interface NameIndex {
  /** Whether not more names than so many contain the part, those of other projects among them. */
  areFew(atMost: number): Promise<boolean>;
  /** What has a row for each name. */
  rows: typeof Client | typeof ClientName;
  /** Leaves the project's rows whose names contain it. */
  narrow(query: Query): Query;
}

/** Parts of which length the indices have. */
const TRIGRAM = 3;

/** Null: no index knows so short a part. */
export function nameIndexOf(
  manager: EntityManager,
  part: string | null | undefined,
): NameIndex | null {
  if (!part || [...part].length < TRIGRAM) return null;
  return manager.dataSource.options.type === "postgres"
    ? onPostgres(manager, part)
    : onSqlite(manager, part);
}

function onSqlite(manager: EntityManager, part: string): NameIndex {
  const phrase = `"${part.toLowerCase().replaceAll('"', '""')}"`;
  return {
    areFew: async (atMost) => {
      const [row] = await manager.query(
        `SELECT COUNT(*) AS count FROM (
           SELECT rowid FROM client_name_trigrams WHERE client_name_trigrams MATCH ? LIMIT ?)`,
        [phrase, Math.floor(atMost) + 1],
      );
      return (row as { count: number }).count <= atMost;
    },
    rows: ClientName,
    narrow: (query) =>
      query
        .where(
          `walked.id IN (
             SELECT rowid FROM client_name_trigrams WHERE client_name_trigrams MATCH :phrase)`,
          { phrase },
        )
        // not the bare column, or an index would lead through all names of the project
        .andWhere("(walked.projectId || '') = :projectId"),
  };
}

function onPostgres(manager: EntityManager, part: string): NameIndex {
  const pattern = containsPattern(part);
  return {
    // a count would read much before it finds that there are many; the planner's sample knows
    areFew: async (atMost) => {
      const [row] = await manager.query(
        `EXPLAIN (FORMAT JSON) SELECT 1 FROM clients WHERE name_key LIKE $1 ESCAPE '\\'`,
        [pattern],
      );
      const [{ Plan }] = (row as { "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] })[
        "QUERY PLAN"
      ];
      return Plan["Plan Rows"] <= atMost;
    },
    rows: Client,
    narrow: (query) =>
      query.where(
        "walked.projectId = :projectId AND walked.nameKey LIKE :namePattern ESCAPE '\\'",
        { namePattern: pattern },
      ),
  };
}
