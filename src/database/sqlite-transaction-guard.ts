import type { DataSource, QueryRunner } from "typeorm";
import { connectionOf } from "./sqlite-connection.js";

/**
 * Detects transactions that SQLite has rolled back by itself, as it does on SQLITE_FULL, IOERR and NOMEM
 * (https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction"). TypeORM's
 * ROLLBACK then fails, and its query runner still counts an open transaction. Every later transaction
 * would become a savepoint within one that is never committed.
 */
export class SqliteTransactionGuard {
  #failure: unknown = null;

  constructor(private readonly writer: DataSource) {}

  /** Rolls back a transaction whose rollback has failed before. @throws when it fails again */
  assertIntact(): void {
    if (this.#failure) this.#rollBack();
  }

  /** @throws when SQLite has ended the transaction */
  assertOpen(): void {
    if (!connectionOf(this.writer).inTransaction) throw transactionLost();
  }

  /**
   * Brings TypeORM and SQLite to "no transaction".
   * @throws when a transaction was still open
   */
  reset(): void {
    const { driver } = this.writer as unknown as { driver: { queryRunner?: QueryRunner } };
    const wasOpen = connectionOf(this.writer).inTransaction;
    // TypeORM creates a new query runner, which counts no transaction.
    if (wasOpen || driver.queryRunner?.isTransactionActive) delete driver.queryRunner;
    if (!wasOpen) return;
    this.#rollBack();
    throw transactionLost();
  }

  #rollBack(): void {
    const connection = connectionOf(this.writer);
    try {
      if (connection.inTransaction) connection.exec("ROLLBACK");
      this.#failure = null;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

/** Has the code that SQLite gives to a statement of a transaction that was rolled back. */
function transactionLost(): Error {
  const message = "SQLite has rolled back the transaction by itself";
  return Object.assign(new Error(message), { code: "SQLITE_ABORT_ROLLBACK" });
}
