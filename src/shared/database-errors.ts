import { QueryFailedError, QueryRunnerAlreadyReleasedError } from "typeorm";
import { CountersignError } from "./errors.js";

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

/**
 * SQLSTATE of what passes: connection exceptions (08), no resources or slots left (53), statement
 * timeout (57014), stopping, starting or gone (57P0x), input or output error (58030), read-only while a
 * standby takes over (25006), a transaction left idle (25P03), refused credentials and databases
 * (28, 3D000). A deadlock, lock timeout or serialization failure (40P01, 55P03, 40001) has rolled back
 * the whole transaction, so that the caller may repeat it.
 */
const PASSING_SQLSTATE =
  /^(?:08...|53...|57014|57P0.|58030|25006|25P03|28...|3D000|40001|40003|40P01|55P03)$/;
const PASSING_SQLITE = /^SQLITE_(?:ABORT|BUSY|LOCKED|FULL|IOERR|NOMEM|CANTOPEN)/;
const LOST_SOCKET = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const FAILED_CALL = new Set(["connect", "getaddrinfo", "fdatasync"]);
/** What pg and its pool throw without any code. */
const PG_SENTENCE =
  /^(?:Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (?:has encountered a connection error|was closed)|Cannot use a pool after calling end)/;

/**
 * Why the database cannot serve now, though it may in a moment: its code, or pg's own sentence, which
 * quotes nothing. Null for every other error.
 */
export function unavailabilityOf(error: unknown): string | null {
  if (error instanceof QueryFailedError) return unavailabilityOf(error.driverError);
  // The connection was lost earlier in the same transaction.
  if (error instanceof QueryRunnerAlreadyReleasedError) return error.name;
  const { code, syscall, message, errors } = Object(error) as Partial<
    NodeJS.ErrnoException & AggregateError
  >;
  // A name with several addresses, none of which can be reached.
  if (errors) return unavailabilityOf(errors[0]);
  if (typeof code !== "string") return PG_SENTENCE.exec(message ?? "")?.[0] ?? null;
  const passes =
    PASSING_SQLSTATE.test(code) ||
    PASSING_SQLITE.test(code) ||
    LOST_SOCKET.has(code) ||
    FAILED_CALL.has(syscall ?? "");
  return passes ? code : null;
}

const RETRY_AFTER_SECONDS = 1;

/** An unavailable database as callers learn of it; every other error as it is. */
export function withUnavailability(error: unknown): unknown {
  if (unavailabilityOf(error) === null) return error;
  return new CountersignError(
    "SERVICE_UNAVAILABLE",
    "The database does not answer, try again",
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
    { cause: error },
  );
}
