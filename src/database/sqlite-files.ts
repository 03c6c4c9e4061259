import { type BigIntStats, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { InternalError } from "../shared/internal-error.js";

/**
 * Notices that a file of an open SQLite database has been deleted, moved or replaced. SQLite goes on writing
 * to the file that it has open, without an error, and the next start finds nothing of it
 * (https://www.sqlite.org/howtocorrupt.html, "Unlinking or renaming a database file while in use").
 */
export class SqliteFiles {
  readonly #opened: readonly { file: string; identity: string }[];

  /** @param database path of a database that is open in WAL mode */
  constructor(database: string) {
    this.#opened = ["", "-wal", "-shm"].map((suffix) => {
      const file = `${database}${suffix}`;
      return { file, identity: identityOf(statSync(file, { bigint: true })) };
    });
  }

  /** @throws when the path of a file no longer leads to the file that was opened */
  assertInPlace(): void {
    for (const { file, identity } of this.#opened) {
      // A descriptor of our own would not do: closing it drops the locks of SQLite (fcntl(2)).
      const found = statSync(file, { bigint: true, throwIfNoEntry: false });
      if (!found || identityOf(found) !== identity) throw this.#fileMoved(file);
    }
  }

  /** Has the code that SQLite gives where it notices the same. */
  #fileMoved(file: string): Error {
    const message =
      `${path.basename(file)} was deleted, moved or replaced while the server runs: changes are refused; ` +
      `${this.#rescue()}stop the server, restore the database, and start again`;
    return Object.assign(new InternalError(message), { code: "SQLITE_READONLY_DBMOVED" });
  }

  /** Linux keeps a deleted file, and its contents, as long as a process has it open (proc_pid_fd(5)). */
  #rescue(): string {
    if (process.platform !== "linux") return "";
    const copies = this.#opened.slice(0, 2).flatMap(({ file, identity }) => {
      const descriptor = findDescriptor(identity);
      const source = `/proc/${process.pid}/fd/${descriptor}`;
      return descriptor === undefined ? [] : [`${source} (${path.basename(file)})`];
    });
    if (copies.length === 0) return "";
    return `before you stop the server, copy what it has open: ${copies.join(" and ")}; then `;
  }
}

/** The file descriptor of this process that has the file open. */
function findDescriptor(identity: string): string | undefined {
  const directory = "/proc/self/fd";
  return readdirSync(directory).find((descriptor) => {
    const found = statSync(`${directory}/${descriptor}`, { bigint: true, throwIfNoEntry: false });
    return found !== undefined && identityOf(found) === identity;
  });
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
