import { AsyncLocalStorage } from "node:async_hooks";
import type {
  DataSource,
  EntityManager,
  EntityTarget,
  FindOneOptions,
  ObjectLiteral,
} from "typeorm";

/** What has to reach the disk after a commit that does not do so itself. */
export interface DurabilityBarrier {
  /** Resolves when what is committed now is on the disk. */
  sync(): Promise<void>;
  /** @throws when that can no longer be told */
  assertIntact(): void;
}

/**
 * Where a database ends transactions by itself, as SQLite does when its disk is full, TypeORM's idea of
 * the transaction and the database's own part (ADR 0005).
 */
export interface TransactionGuard {
  /** @throws when a transaction is open that could not be ended */
  assertIntact(): void;
  /** Before the commit. @throws when the database has ended the transaction */
  assertOpen(): void;
  /**
   * After a unit of work, however it has ended: brings both to "no transaction".
   * @throws when one was still open
   */
  reset(): void;
}

/** What SQLite needs beside TypeORM's transactions. */
export interface SqliteSafeguards {
  durability: DurabilityBarrier;
  transactions: TransactionGuard;
}

/**
 * The only way to write (ADR 0005). TypeORM has one connection per SQLite data source, on which
 * concurrent transactions would share each other's fate; so there units of work run one after
 * another, and readers use a second, read-only connection that sees committed rows only.
 * On PostgreSQL each unit of work has a connection of the pool.
 */
export class UnitOfWork {
  readonly #activeManager = new AsyncLocalStorage<EntityManager>();
  readonly #isSerialized: boolean;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly writer: DataSource,
    private readonly reader: DataSource,
    private readonly sqlite?: SqliteSafeguards,
  ) {
    this.#isSerialized = writer.options.type !== "postgres";
  }

  /** For reads: inside a unit of work it sees that unit's writes, outside only what is committed. */
  get read(): EntityManager {
    return this.#activeManager.getStore() ?? this.reader.manager;
  }

  /**
   * Commits when `work` resolves, rolls back when it rejects. A nested call joins the outer unit.
   * What has resolved, and what a rejection tells of, survives a power cut.
   */
  async write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const outer = this.#activeManager.getStore();
    if (outer) return work(outer);
    if (!this.#isSerialized) return this.#transaction(work);
    const run = this.#queue.then(() => {
      this.sqlite?.durability.assertIntact();
      this.sqlite?.transactions.assertIntact();
      return this.#transaction(work);
    });
    this.#queue = run.catch(() => undefined);
    try {
      return await run;
    } finally {
      // Refusals wait too: they may tell of a change that is not there yet. The next unit need not.
      await this.sqlite?.durability.sync();
    }
  }

  /** The unit of work that is under way; for what may only be stored together with a change. */
  get activeManager(): EntityManager {
    const manager = this.#activeManager.getStore();
    if (!manager) throw new Error("no unit of work is under way");
    return manager;
  }

  /** Reads a row that this unit of work is about to change, and holds it until the commit. */
  async findForUpdate<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    where: NonNullable<FindOneOptions<Entity>["where"]>,
  ): Promise<Entity | null> {
    return this.#findLocked(entity, where, "pessimistic_write");
  }

  /** Reads a row that must stay as it is until the commit, while others may do the same. */
  async findForShare<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    where: NonNullable<FindOneOptions<Entity>["where"]>,
  ): Promise<Entity | null> {
    return this.#findLocked(entity, where, "pessimistic_read");
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

  async #transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.writer.transaction(async (manager) => {
        const result = await this.#activeManager.run(manager, () => work(manager));
        this.sqlite?.transactions.assertOpen();
        return result;
      });
    } finally {
      this.sqlite?.transactions.reset();
    }
  }
}
