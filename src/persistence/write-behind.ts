import { setImmediate } from "node:timers/promises";

/** Takes about 10 MB. */
const MAX_PENDING = 50_000;
/** Facts per unit of work, so that none delays other writes for long. */
const BATCH_SIZE = 500;

/**
 * Keeps facts about requests in memory and writes them later, many at a time, so that no request waits for
 * them. When too many are pending, further facts are dropped and counted.
 */
export class WriteBehind<Fact> {
  #pending = new Map<string, Fact>();
  #dropped = 0;
  #flushing: Promise<unknown> = Promise.resolve();

  /**
   * @param merge combines two facts with the same key
   * @param write stores facts in one unit of work
   */
  constructor(
    private readonly merge: (older: Fact, newer: Fact) => Fact,
    private readonly write: (facts: Fact[]) => Promise<void>,
  ) {}

  add(key: string, fact: Fact): void {
    const older = this.#pending.get(key);
    if (older !== undefined) this.#pending.set(key, this.merge(older, fact));
    else if (this.#pending.size < MAX_PENDING) this.#pending.set(key, fact);
    else this.#dropped++;
  }

  /** Returns the number of facts dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Writes all pending facts. Facts that cannot be written stay pending. */
  async flush(): Promise<void> {
    const run = this.#flushing.then(() => this.#flushAll());
    this.#flushing = run.catch(() => undefined);
    return run;
  }

  async #flushAll(): Promise<void> {
    // Sorted by key, so that two processes lock rows in the same order and cannot deadlock.
    const facts = [...this.#pending].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#pending = new Map();
    let written = 0;
    try {
      for (; written < facts.length; written += BATCH_SIZE) {
        await this.write(facts.slice(written, written + BATCH_SIZE).map(([, fact]) => fact));
        await setImmediate();
      }
    } catch (error) {
      const added = this.#pending;
      this.#pending = new Map(facts.slice(written));
      for (const [key, fact] of added) this.add(key, fact);
      throw error;
    }
  }
}
