import { setImmediate } from "node:timers/promises";

/** Together about 10 MB. */
const MAX_PENDING = 50_000;
/** Per unit of work, so that it holds up nobody else's for long. */
const BATCH_SIZE = 500;

/**
 * Facts about requests that no request waits for: kept in memory, and written together later. When
 * too many are pending, further ones are lost and counted: a fact may be missing, a token may not.
 */
export class WriteBehind<Fact> {
  #pending = new Map<string, Fact>();
  #dropped = 0;
  #flushing: Promise<unknown> = Promise.resolve();

  /**
   * @param merge makes one fact of two about the same thing
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

  /** How many facts have been lost since this was last asked. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Writes all that is pending; what cannot be written now stays pending. */
  async flush(): Promise<void> {
    const run = this.#flushing.then(() => this.#flushAll());
    this.#flushing = run.catch(() => undefined);
    return run;
  }

  async #flushAll(): Promise<void> {
    // In the order of their keys, so that two processes do not wait for each other's rows.
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
