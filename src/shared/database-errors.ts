import { QueryFailedError } from "typeorm";

const UNIQUE = new Set(["SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"]);
const FOREIGN_KEY = new Set(["SQLITE_CONSTRAINT_FOREIGNKEY", "23503"]);
/** PostgreSQL's text holds no NUL; SQLite's does. */
const UNREPRESENTABLE_TEXT = new Set(["22021", "22P05"]);

export const isUniqueViolation = (error: unknown) => UNIQUE.has(codeOf(error));
export const isForeignKeyViolation = (error: unknown) => FOREIGN_KEY.has(codeOf(error));
export const isUnrepresentableText = (error: unknown) => UNREPRESENTABLE_TEXT.has(codeOf(error));

/**
 * The columns of a violated unique index. PostgreSQL names them in the detail,
 * `Key (project_id, slug)=(…)`, SQLite in the message, `…: organizations.project_id, …`.
 */
export function violatedColumns(error: unknown): string[] {
  if (!(error instanceof QueryFailedError)) return [];
  const { detail, message } = error.driverError as { detail?: string; message: string };
  const list = detail ? /\(([^)]*)\)=/.exec(detail)?.[1] : /: ([^:]*)$/.exec(message)?.[1];
  return (list ?? "").split(", ").map((name) => name.slice(name.indexOf(".") + 1));
}

function codeOf(error: unknown): string {
  if (!(error instanceof QueryFailedError)) return "";
  const { code } = error.driverError as { code?: unknown };
  return typeof code === "string" ? code : "";
}
