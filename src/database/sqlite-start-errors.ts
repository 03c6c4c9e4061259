import { QueryFailedError } from "typeorm";

/** What is wrong and what to do, by the code of SQLite, or of Node.js for the files beside it. */
const PROBLEMS: readonly [code: RegExp, sentence: string][] = [
  [
    /^(?:SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)/,
    "the disk is full: make room, which a start needs, and start again",
  ],
  [
    /^(?:SQLITE_BUSY|SQLITE_LOCKED|SQLITE_PROTOCOL)/,
    "another program has locked the database: end it and start again",
  ],
  [
    /^(?:SQLITE_CORRUPT|SQLITE_NOTADB)/,
    "countersign.sqlite is damaged or not a database: restore a backup",
  ],
  [
    /^(?:SQLITE_READONLY|SQLITE_PERM|SQLITE_CANTOPEN|EACCES|EPERM|EROFS)/,
    "the database cannot be opened for writing: let the server's user read and write the directory and its files",
  ],
  [
    /^(?:ENOTDIR|EEXIST)/,
    "part of its path is a file, not a directory: name a directory, or remove the file",
  ],
  [/^ENOENT/, "the directory cannot be created: name another one"],
  [/^(?:SQLITE_IOERR|EIO)/, "the disk cannot be read or written: check it and the room on it"],
];

const FOREIGN =
  "countersign.sqlite holds tables of another program: name a directory without that file";

/**
 * Turns an error of SQLite, or of the system while SQLite's files are opened, into one sentence without
 * values, and returns every other error unchanged.
 */
export function toSqliteStartError(error: unknown): unknown {
  const { driverError = error } = Object(error) as { driverError?: unknown };
  const { code, message } = Object(driverError) as Partial<NodeJS.ErrnoException>;
  if (typeof code !== "string") return error;
  const isForeign = /^table "?\w+"? already exists$/.test(message ?? "");
  const known = isForeign ? FOREIGN : PROBLEMS.find(([pattern]) => pattern.test(code))?.[1];
  const isOfDriver = error instanceof QueryFailedError || code.startsWith("SQLITE_");
  if (!known && !isOfDriver) return error;
  // SQLite's messages name tables and columns, and contain no values.
  const sentence = known ?? `the database cannot be opened: ${message}`;
  return new Error(`DATA_DIR: ${sentence} (${code})`, { cause: error });
}
