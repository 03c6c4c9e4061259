import type { Database } from "better-sqlite3";
import type { DataSource, QueryRunner } from "typeorm";
import type { TransactionGuard } from "../persistence/unit-of-work.js";

/**
 * Detects transactions that SQLite has rolled back by itself, as it does on SQLITE_FULL, IOERR and NOMEM
 * (https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction"). TypeORM's
 * ROLLBACK then fails, and its query runner still counts an open transaction. Every later transaction
 * would become a savepoint within one that is never committed.
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
    // TypeORM creates a new query runner, which counts no transaction.
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

/** Has the code that SQLite gives to a statement of a transaction that was rolled back. */
function transactionLost(): Error {
  const message = "SQLite has rolled back the transaction by itself";
  return Object.assign(new Error(message), { code: "SQLITE_ABORT_ROLLBACK" });
}
