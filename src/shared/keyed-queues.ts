import { LRUCache } from "lru-cache";
import pLimit, { type LimitFunction } from "p-limit";

/** Above this, the least recently used queue is dropped; the next task with its key starts a new one. */
const MAX_KEYS = 10_000;

export interface QueueLimits {
  /** Tasks that wait with one key. */
  perKey: number;
  /** Tasks of all keys together. */
  total: number;
  /** The error of a task that is one too many. */
  tooMany: () => Error;
}

/** Runs the tasks of a key one after another. Each waiting task holds a request in memory. */
export class KeyedQueues {
  #total = 0;
  readonly #queues = new LRUCache<string, LimitFunction>({
    max: MAX_KEYS,
    memoMethod: () => pLimit(1),
  });

  constructor(private readonly limits: QueueLimits) {}

  /** @throws the error of the limits */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const { perKey, total, tooMany } = this.limits;
    const queue = this.#queues.memo(key);
    if (queue.pendingCount >= perKey || this.#total >= total) throw tooMany();
    this.#total++;
    try {
      return await queue(task);
    } finally {
      this.#total--;
    }
  }

  /** Drops the waiting tasks, which never settle. */
  clear(): void {
    for (const queue of this.#queues.values()) queue.clearQueue();
  }
}
