import { QueryFailedError, QueryRunnerAlreadyReleasedError } from "typeorm";
import { CountersignError } from "../shared/errors.js";

const UNIQUE = new Set(["SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"]);
/** Another program has locked the SQLite file. */
const LOCKED = new Set(["SQLITE_BUSY", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_SNAPSHOT"]);
const FOREIGN_KEY = new Set(["SQLITE_CONSTRAINT_FOREIGNKEY", "23503"]);
/** PostgreSQL's text cannot contain NUL; SQLite's can. */
const UNREPRESENTABLE_TEXT = new Set(["22021", "22P05"]);

export const isUniqueViolation = (error: unknown) => UNIQUE.has(driverErrorCode(error));
export const isForeignKeyViolation = (error: unknown) => FOREIGN_KEY.has(driverErrorCode(error));
export const isLocked = (error: unknown) => LOCKED.has(driverErrorCode(error));
export const isUnrepresentableText = (error: unknown) =>
  UNREPRESENTABLE_TEXT.has(driverErrorCode(error));

/**
 * Whether a connection has no prepared statement of a name, has one already, or has another one: 26000, 42P05,
 * and 08P01 for a wrong number of parameters. After a change of the schema it is 0A000.
 */
export function isPreparedStatementMismatch(error: unknown): boolean {
  const { code = "", message } = Object(error) as { code?: string; message?: string };
  if (code === "08P01") return /prepared statement/.test(message ?? "");
  if (code === "0A000") return /cached plan/.test(message ?? "");
  return code === "26000" || code === "42P05";
}

/**
 * Returns the columns of a violated unique index. PostgreSQL names them in the detail,
 * `Key (project_id, slug)=(…)`, SQLite in the message, `…: organizations.project_id, …`.
 */
export function violatedColumns(error: unknown): string[] {
  if (!(error instanceof QueryFailedError)) return [];
  const { detail, message } = error.driverError as { detail?: string; message: string };
  const list = detail ? /\(([^)]*)\)=/.exec(detail)?.[1] : /: ([^:]*)$/.exec(message)?.[1];
  return (list ?? "").split(", ").map((name) => name.slice(name.indexOf(".") + 1));
}

function driverErrorCode(error: unknown): string {
  if (!(error instanceof QueryFailedError)) return "";
  const { code } = error.driverError as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/**
 * SQLSTATEs of transient errors: connection exception (08), insufficient resources (53), statement timeout
 * (57014), shutdown, crash or startup (57P0x), I/O error (58030), read-only during a failover (25006), idle
 * transaction timeout (25P03), rejected credentials or database (28, 3D000). A deadlock, lock timeout or
 * serialization failure (40P01, 55P03, 40001) rolls back the whole transaction, so the caller may repeat it.
 */
const TRANSIENT_SQLSTATE =
  /^(?:08...|53...|57014|57P0.|58030|25006|25P03|28...|3D000|40001|40003|40P01|55P03)$/;
/** Errors whose cause is the disk, the file, the memory or another program, and never the statement. */
const TRANSIENT_SQLITE =
  /^SQLITE_(?:ABORT|BUSY|LOCKED|PROTOCOL|FULL|IOERR|NOMEM|CANTOPEN|READONLY|PERM|NOLFS|CORRUPT|NOTADB)/;
const LOST_SOCKET = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const FAILED_SYSCALL = new Set(["connect", "getaddrinfo", "fdatasync"]);
/** Messages of errors that pg and its pool throw without a code. */
const PG_MESSAGE =
  /^(?:Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (?:has encountered a connection error|was closed)|Cannot use a pool after calling end)/;

/**
 * Identifies an error after which the database may soon be available again. Returns its code, or pg's own
 * message, which contains no values. Returns null for every other error.
 */
export function transientErrorCode(error: unknown): string | null {
  if (error instanceof QueryFailedError) return transientErrorCode(error.driverError);
  // TypeORM throws it when the connection was lost earlier in the same transaction.
  if (error instanceof QueryRunnerAlreadyReleasedError) return error.name;
  const { code, syscall, message, errors } = Object(error) as Partial<
    NodeJS.ErrnoException & AggregateError
  >;
  // An AggregateError: the host name has several addresses, and none can be reached.
  if (errors) return transientErrorCode(errors[0]);
  if (typeof code !== "string") return PG_MESSAGE.exec(message ?? "")?.[0] ?? null;
  const isTransient =
    TRANSIENT_SQLSTATE.test(code) ||
    TRANSIENT_SQLITE.test(code) ||
    LOST_SOCKET.has(code) ||
    FAILED_SYSCALL.has(syscall ?? "");
  return isTransient ? code : null;
}

const RETRY_AFTER_SECONDS = 1;

/** Turns a transient database error into SERVICE_UNAVAILABLE, and returns every other error unchanged. */
export function toServiceUnavailable(error: unknown): unknown {
  if (transientErrorCode(error) === null) return error;
  return new CountersignError(
    "SERVICE_UNAVAILABLE",
    "The database is unavailable, try again later",
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
    { cause: error },
  );
}
