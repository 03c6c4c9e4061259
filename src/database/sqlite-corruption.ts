import type { Database, Statement } from "better-sqlite3";
import { InternalError } from "../shared/internal-error.js";

const EXECUTE = ["run", "get", "all"] as const;

/**
 * Remembers that SQLite has found the file damaged. Further changes could spread the damage, so they are
 * refused until the database is opened again. Reads of other pages still succeed.
 */
export class SqliteCorruption {
  #code: string | null = null;

  /** Watches the statements that the connection prepares from now on. */
  watch(connection: Database): void {
    const prepare = connection.prepare.bind(connection) as (sql: string) => Statement;
    connection.prepare = ((sql: string) => this.#watched(prepare(sql))) as Database["prepare"];
  }

  assertNone(): void {
    if (this.#code === null) return;
    const message =
      "SQLite has found the database damaged or its disk unreadable: changes are refused; check the disk, " +
      "restart the server, and restore a backup if it goes on";
    throw Object.assign(new InternalError(message), { code: this.#code });
  }

  #watched(statement: Statement): Statement {
    for (const method of EXECUTE) {
      const execute = statement[method].bind(statement);
      statement[method] = (...values: unknown[]) => {
        try {
          return execute(...values) as never;
        } catch (error) {
          const { code } = error as { code?: string };
          if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(code ?? "")) this.#code = code ?? null;
          throw error;
        }
      };
    }
    return statement;
  }
}
