import { type DataSource, QueryFailedError } from "typeorm";
import type { ErrorCode } from "../shared/error-codes.js";
import { CountersignError } from "../shared/errors.js";
import { isForeignKeyViolation } from "./database-errors.js";

/** The answer as if the row of the table had never been there. */
const NOT_FOUND: Readonly<Record<string, readonly [ErrorCode, message: string]>> = {
  // Its management keys and clients are deleted with it.
  projects: ["UNAUTHENTICATED", "Unknown project"],
  clients: ["CLIENT_NOT_FOUND", "No such client"],
  apis: ["API_NOT_FOUND", "No such API"],
  organizations: ["ORGANIZATION_NOT_FOUND", "No such organization"],
  members: ["MEMBER_NOT_FOUND", "No such member"],
};

/**
 * Turns the violation of a foreign key into the error about the parent that another unit of work has deleted,
 * since this one found it. Returns every other error unchanged.
 */
export function toParentNotFound(error: unknown, dataSource: DataSource): unknown {
  if (!isForeignKeyViolation(error)) return error;
  const [code, message] = NOT_FOUND[vanishedTable(error, dataSource)] ?? [];
  return code && message ? new CountersignError(code, message, {}, { cause: error }) : error;
}

function vanishedTable(error: unknown, dataSource: DataSource): string {
  const { driverError } = error as QueryFailedError<Error & { constraint?: string }>;
  // SQLite names no constraint. There units of work run one after another, so a parent that this one has found
  // is still there. Only the project was found before.
  if (dataSource.options.type !== "postgres") return "projects";
  const violated = dataSource.entityMetadatas
    .flatMap(({ foreignKeys }) => foreignKeys)
    .find(({ name }) => name === driverError.constraint);
  return violated?.referencedEntityMetadata.tableName ?? "";
}
