import { QueryFailedError } from "typeorm";

const UNIQUE = new Set(["SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"]);
const FOREIGN_KEY = new Set(["SQLITE_CONSTRAINT_FOREIGNKEY", "23503"]);
/** PostgreSQL's text holds no NUL; SQLite's does. */
const UNREPRESENTABLE_TEXT = new Set(["22021", "22P05"]);

export const isUniqueViolation = (error: unknown) => UNIQUE.has(codeOf(error));
export const isForeignKeyViolation = (error: unknown) => FOREIGN_KEY.has(codeOf(error));
export const isUnrepresentableText = (error: unknown) => UNREPRESENTABLE_TEXT.has(codeOf(error));

function codeOf(error: unknown): string {
  if (!(error instanceof QueryFailedError)) return "";
  const { code } = error.driverError as { code?: unknown };
  return typeof code === "string" ? code : "";
}
