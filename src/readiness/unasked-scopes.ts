import type { DataScope } from "./check.js";
import { daysFrom } from "./check.js";

/** Rows that are looked at, the oldest first: no index answers what JSON contains. */
const MAX_LOOKED_AT = 10_000;
const UNASKED_DAYS = 90;

/**
 * SQL conditions on a client or a grant: one of its scopes has not been asked for, by a client that is in use.
 * @param audience SQL
 */
export function hasUnaskedScope(
  { read, now, project }: DataScope,
  { table, id, audience }: { table: string; id: string; audience: string },
) {
  const before = daysFrom(now, -UNASKED_DAYS);
  if ((project.scopeUseSince ?? project.createdAt) > before) return ["1 = 0"] as const;
  const isPostgres = read.dataSource.options.type === "postgres";
  const granted = isPostgres
    ? "jsonb_array_elements_text(target.scopes::jsonb) AS granted(value)"
    : "json_each(target.scopes) AS granted";
  const sql = `target.${id} IN (
      SELECT oldest.${id} FROM ${table} AS oldest WHERE oldest.project_id = :projectId
        ORDER BY oldest.created_at, oldest.${id} LIMIT ${MAX_LOOKED_AT})
    AND target.updated_at < :before AND target.scopes <> '[]'
    AND EXISTS (SELECT 1 FROM clients AS client
      WHERE client.project_id = target.project_id AND client.client_id = target.client_id
        AND client.status = 'ACTIVE' AND client.last_used_at >= :before)
    AND EXISTS (SELECT 1 FROM ${granted} WHERE NOT EXISTS (
      SELECT 1 FROM scope_uses AS scope_use
        WHERE scope_use.project_id = target.project_id AND scope_use.client_id = target.client_id
          AND scope_use.audience = ${audience} AND scope_use.scope = granted.value
          AND scope_use.last_requested_at >= :before))`;
  return [sql, { before }] as const;
}
