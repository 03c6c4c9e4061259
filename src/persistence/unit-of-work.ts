import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout } from "node:timers/promises";
import type {
  DataSource,
  EntityManager,
  EntityTarget,
  FindOneOptions,
  FindOptionsOrder,
  FindOptionsSelect,
  FindOptionsWhere,
  ObjectLiteral,
} from "typeorm";
import { inSpan } from "../shared/tracing.js";
import { isLocked } from "./database-errors.js";
import { databaseSystem } from "./database-system.js";
import type { PreparedRead } from "./prepared-read.js";
import { toParentNotFound } from "./vanished-parent.js";

/** What SQLite needs in addition to TypeORM's transactions (ADR 0005). */
export interface SqliteSafeguards {
  /** @throws when no change may be made until the database is opened again */
  assertIntact(): void;
  /** Call it before the commit. @throws when the database has ended the transaction by itself */
  assertTransactionOpen(): void;
  /**
   * Call it after every unit of work: brings TypeORM and the database to "no transaction".
   * @throws when a transaction was still open
   */
  resetTransaction(): void;
  /** Resolves when everything committed before the call is on the disk. */
  sync(): Promise<void>;
}

/** How long a unit of work waits for another program that has locked the SQLite file. */
const LOCK_TIMEOUT_MS = 5_000;
const LOCK_RETRY_MS = 25;

/**
 * Runs every write in a transaction (ADR 0005). On PostgreSQL each unit of work has its own connection from
 * the pool. TypeORM has one connection per SQLite data source, on which concurrent transactions would mix.
 * So on SQLite units of work run one after another, and reads use a second, read-only connection.
 */
export class UnitOfWork {
  readonly #activeManager = new AsyncLocalStorage<EntityManager>();
  readonly #isSerialized: boolean;
  readonly #system: string;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly writer: DataSource,
    private readonly reader: DataSource,
    private readonly sqlite?: SqliteSafeguards,
  ) {
    this.#isSerialized = writer.options.type !== "postgres";
    this.#system = databaseSystem(writer);
  }

  /** Reads inside a unit of work see its writes; reads outside see only committed rows. */
  get read(): EntityManager {
    return this.#activeManager.getStore() ?? this.reader.manager;
  }

  /**
   * Commits when `work` resolves and rolls back when it rejects. A nested call joins the outer unit of work.
   * When the promise settles, all commits that `work` has read or made are on the disk.
   */
  async write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const outer = this.#activeManager.getStore();
    if (outer) return work(outer);
    return inSpan("unit of work", { "db.system.name": this.#system }, () => this.#run(work));
  }

  /** The manager of the current unit of work, for rows that must be stored together with a change. */
  get activeManager(): EntityManager {
    const manager = this.#activeManager.getStore();
    if (!manager) throw new Error("no unit of work is under way");
    return manager;
  }

  /** Reads a row that this unit of work is about to change, and locks it until the commit. */
  async findForUpdate<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    where: NonNullable<FindOneOptions<Entity>["where"]>,
  ): Promise<Entity | null> {
    return this.#findLocked(entity, where, "pessimistic_write");
  }

  /** Reads a row and prevents changes to it until the commit. Several units of work can do so at once. */
  async findForShare<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    where: NonNullable<FindOneOptions<Entity>["where"]>,
  ): Promise<Entity | null> {
    return this.#findLocked(entity, where, "pessimistic_read");
  }

  /** Reads the first row by a prepared statement, which sees what `read` sees. */
  async first<Row extends object>(
    prepared: PreparedRead<Row>,
    ...values: (string | null)[]
  ): Promise<Row | null> {
    const manager = this.#activeManager.getStore();
    return manager ? prepared.firstIn(manager, values) : prepared.first(...values);
  }

  /** Reads all rows that this unit of work is about to change, and locks them one after another. */
  async findAllForUpdate<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    where: FindOptionsWhere<Entity>,
    lockOrder: keyof Entity & string,
  ): Promise<Entity[]> {
    return this.activeManager.find(entity, {
      where,
      order: { [lockOrder]: "ASC" } as FindOptionsOrder<Entity>,
      ...(!this.#isSerialized && { lock: { mode: "pessimistic_write" } }),
    });
  }

  /** Locks the rows that no other unit of work has locked, and returns their ids. It waits for none. */
  async findUnlockedIds<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    idProperty: keyof Entity & string,
    where: FindOptionsWhere<Entity>,
  ): Promise<string[]> {
    const found = await this.activeManager.find(entity, {
      select: { [idProperty]: true } as FindOptionsSelect<Entity>,
      where,
      ...(!this.#isSerialized && {
        lock: { mode: "for_no_key_update", onLocked: "skip_locked" },
      }),
    });
    return found.map((row) => row[idProperty]);
  }

  /** Lets units of work that name the same thing pass one after another, each when the former has committed. */
  async passInTurn(name: string): Promise<void> {
    if (this.#isSerialized) return;
    const lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    await this.activeManager.query(lock, [name]);
  }

  #findLocked<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    where: NonNullable<FindOneOptions<Entity>["where"]>,
    mode: "pessimistic_write" | "pessimistic_read",
  ): Promise<Entity | null> {
    return this.activeManager.findOne(entity, {
      where,
      ...(!this.#isSerialized && { lock: { mode } }),
    });
  }

  async #run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (!this.#isSerialized) return this.#transaction(work);
    const deadline = performance.now() + LOCK_TIMEOUT_MS;
    const run = this.#queue.then(() => this.#transactionOnceUnlocked(work, deadline));
    this.#queue = run.catch(() => undefined);
    try {
      return await run;
    } finally {
      // A rejection waits too: it may reveal a commit that is not on the disk yet. The queue does not wait.
      await this.sqlite?.sync();
    }
  }

  /**
   * Begins the transaction again while another program has locked the file. SQLite's own busy timeout would
   * block the event loop.
   */
  async #transactionOnceUnlocked<T>(
    work: (manager: EntityManager) => Promise<T>,
    deadline: number,
  ): Promise<T> {
    let hasBegun = false;
    for (;;) {
      this.sqlite?.assertIntact();
      try {
        return await this.#transaction((manager) => {
          hasBegun = true;
          return work(manager);
        });
      } catch (error) {
        if (hasBegun || !isLocked(error) || performance.now() >= deadline) throw error;
      }
      await setTimeout(LOCK_RETRY_MS);
    }
  }

  async #transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.writer.transaction(async (manager) => {
        const result = await this.#activeManager.run(manager, () => work(manager));
        this.sqlite?.assertTransactionOpen();
        return result;
      });
    } catch (error) {
      throw toParentNotFound(error, this.writer);
    } finally {
      this.sqlite?.resetTransaction();
    }
  }
}
