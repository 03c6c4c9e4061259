import { setImmediate } from "node:timers";

/** Keeps a statement far below the databases' limits of parameters. */
const MAX_BATCH = 1000;

interface Waiting<Key, Value> {
  key: Key;
  resolve: (value: Value) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads by one query what is asked for within one tick, such as a field of each row of a list. It keeps
 * nothing, so every result is read after it was asked for.
 */
export class BatchRead<Key, Value> {
  #waiting: Waiting<Key, Value>[] = [];

  /** @param readAll returns the values in the order of the keys */
  constructor(private readonly readAll: (keys: Key[]) => Promise<Value[]>) {}

  async load(key: Key): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => void this.#readWaiting());
    });
  }

  async #readWaiting(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; from += MAX_BATCH) {
      await this.#readBatch(waiting.slice(from, from + MAX_BATCH));
    }
  }

  async #readBatch(batch: Waiting<Key, Value>[]): Promise<void> {
    try {
      const values = await this.readAll(batch.map(({ key }) => key));
      for (const [index, { resolve }] of batch.entries()) resolve(values[index] as Value);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
