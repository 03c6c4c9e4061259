import type { Database } from "better-sqlite3";
import type { DataSource, QueryRunner } from "typeorm";
import type { TransactionGuard } from "../persistence/unit-of-work.js";

/**
 * SQLite ends a transaction by itself at SQLITE_FULL, IOERR and NOMEM
 * (https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction"). TypeORM's
 * ROLLBACK then fails, and its one query runner for the connection goes on counting a transaction
 * that is not there: everything after it would be a savepoint in a transaction that nobody commits.
 */
export class SqliteTransactionGuard implements TransactionGuard {
  #failure: unknown = null;

  constructor(private readonly writer: DataSource) {}

  assertIntact(): void {
    if (this.#failure) this.reset();
  }

  assertOpen(): void {
    if (!this.#connection.inTransaction) throw transactionLost();
  }

  reset(): void {
    const { driver } = this.writer as unknown as { driver: { queryRunner?: QueryRunner } };
    const wasOpen = this.#connection.inTransaction;
    // A query runner that still counts a transaction makes way for one that counts none.
    if (wasOpen || driver.queryRunner?.isTransactionActive) delete driver.queryRunner;
    if (!wasOpen) {
      this.#failure = null;
      return;
    }
    try {
      this.#connection.exec("ROLLBACK");
      this.#failure = null;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    throw transactionLost();
  }

  get #connection(): Database {
    return (this.writer.driver as unknown as { databaseConnection: Database }).databaseConnection;
  }
}

/** With the code that SQLite has for a statement of a transaction that has been rolled back. */
function transactionLost(): Error {
  const message = "SQLite has ended the transaction by itself";
  return Object.assign(new Error(message), { code: "SQLITE_ABORT_ROLLBACK" });
}
