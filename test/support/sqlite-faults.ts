import SqliteDatabase, { type Database, type Statement } from "better-sqlite3";
import type { DataSource } from "typeorm";
import type { TestServer } from "./test-server.js";

/** How a statement of SQLite fails, after what it does to its transaction. */
export interface Fault {
  code: string;
  /** SQLite ends the transaction by itself, as it does when its disk is full. */
  rollsBack?: boolean;
  /** TypeORM's rollback fails too, and so does the next one. */
  failsRollback?: boolean;
}

/** Fails the statements of a server's units of work, one at a time. */
export class StatementFaults {
  #fault: Fault | null = null;
  #remaining = 0;
  #failingRollbacks = 0;

  readonly #exec: Database["exec"];

  private constructor(private readonly connection: Database) {
    const prepare = connection.prepare.bind(connection) as (sql: string) => Statement;
    connection.prepare = ((sql: string) => this.#faulty(prepare(sql))) as Database["prepare"];
    this.#exec = connection.exec.bind(connection);
    connection.exec = (sql) => {
      if (sql === "ROLLBACK") this.#throwIfRollbackFails();
      return this.#exec(sql);
    };
  }

  static async of({ services }: TestServer): Promise<StatementFaults> {
    const dataSource = await services.unitOfWork.write(async (manager) => manager.dataSource);
    const driver = dataSource.driver as unknown as Pick<DataSource, "driver"> & {
      databaseConnection: Database;
      queryRunner?: unknown;
    };
    // It keeps statements that were prepared before.
    delete driver.queryRunner;
    return new StatementFaults(driver.databaseConnection);
  }

  /** Makes the statement with this number, counted from 1, fail once. */
  arm(number: number, fault: Fault): void {
    this.#remaining = number;
    this.#fault = fault;
  }

  /** @returns whether the armed statement was reached */
  disarm(): boolean {
    const hasFired = this.#remaining <= 0;
    this.#remaining = 0;
    this.#fault = null;
    this.#failingRollbacks = 0;
    return hasFired;
  }

  #faulty(statement: Statement): Statement {
    for (const method of ["run", "all"] as const) {
      const execute = statement[method].bind(statement);
      statement[method] = (...values: unknown[]) => {
        this.#throwIfDue(statement.source);
        return execute(...values) as never;
      };
    }
    return statement;
  }

  #throwIfDue(sql: string): void {
    if (sql === "ROLLBACK") this.#throwIfRollbackFails();
    if (sql === "ROLLBACK" || !this.#fault || --this.#remaining !== 0) return;
    const { code, rollsBack = false, failsRollback = false } = this.#fault;
    if (failsRollback) this.#failingRollbacks = 2;
    if (rollsBack && this.connection.inTransaction) this.#exec("ROLLBACK");
    throw new SqliteDatabase.SqliteError("the statement failed", code);
  }

  #throwIfRollbackFails(): void {
    if (this.#failingRollbacks === 0) return;
    this.#failingRollbacks--;
    throw new SqliteDatabase.SqliteError("the rollback failed", "SQLITE_IOERR_WRITE");
  }
}
