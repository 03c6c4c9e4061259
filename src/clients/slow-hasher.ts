import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import pLimit, { type LimitFunction } from "p-limit";
import { Piscina } from "piscina";
import { CountersignError } from "../shared/errors.js";
import { isSameHash } from "../shared/secrets.js";

/** NIST SP 800-63B section 5.1.1.2 asks for a work factor as high as the verifier can bear. */
const BCRYPT_COST = 10;
/** "Safely unguessable" on zxcvbn's scale: more than 10^10 guesses. */
const MIN_GUESSES_LOG10 = 10;
const MAX_QUEUED = 256;
const IDLE_MS = 300_000;
/** In the lines of all askers together: each is a request in memory, of up to half a megabyte. */
const MAX_QUEUED_TOTAL = 512;
/** The line of the one that asked least recently is dropped; its next request starts a new one. */
const MAX_QUEUE_KEYS = 10_000;

export interface SlowHasherOptions {
  /** Threads that verify, and as many that serve imports; 1 if absent. */
  maxThreads?: number | undefined;
  /** Of new hashes, and of the dummy that stands in for a missing one; 10 if absent. */
  bcryptCost?: number | undefined;
  /** URL of what the threads run. */
  program?: string;
}

/**
 * Makes and verifies hashes of secrets that people may have chosen, in worker threads (ADR 0004). It
 * remembers verified secrets in memory, under a key of this process: only the first use costs a slow hash.
 */
export class SlowHasher {
  readonly #verifiers: WorkerPool;
  readonly #hashers: WorkerPool;
  readonly #processKey = randomBytes(32);
  readonly #bcryptCost: number;
  /** Fits no secret, and takes as long to verify as the hash of one that was imported in clear. */
  readonly #dummyHash: string;
  #queuedTotal = 0;
  /** Asker -> its requests, of which one is under way. */
  readonly #queues = new LRUCache<string, LimitFunction>({
    max: MAX_QUEUE_KEYS,
    memoMethod: () => pLimit(1),
  });
  /** Stored hash -> keyed hash of the secret that fits it. */
  readonly #verified = new LRUCache<string, string>({ max: 10_000 });
  /** Asker and stored hash, where this asker has sent the secret that fits. */
  readonly #seenFrom = new LRUCache<string, true>({ max: 10_000 });

  constructor({
    maxThreads = 1,
    bcryptCost = BCRYPT_COST,
    program = new URL("./slow-hash.worker.js", import.meta.url).href,
  }: SlowHasherOptions = {}) {
    this.#verifiers = new WorkerPool(program, maxThreads);
    // Programs wait for their first tokens, so these do not queue behind imports.
    this.#hashers = new WorkerPool(program, maxThreads);
    this.#bcryptCost = bcryptCost;
    const cost = String(bcryptCost).padStart(2, "0");
    this.#dummyHash = `bcrypt-sha256$$2b$${cost}$HiFVyCiESsHJ1Lxp5k.Y1OtI.BY/K9RJTN4u9gdwBdK6f.PZnIBUi`;
  }

  async isWeak(secret: string): Promise<boolean> {
    return (await this.#hashers.run<number>({ kind: "strength", secret })) < MIN_GUESSES_LOG10;
  }

  async hash(secret: string): Promise<string> {
    return this.#hashers.run<string>({ kind: "hash", secret, cost: this.#bcryptCost });
  }

  /**
   * Whether the secret has fitted this hash before, in this process; costs microseconds.
   * @param network only if it was this one that sent it; absent: whoever it was
   */
  isCached(secret: string, stored: string, network?: string): boolean {
    const known = this.#verified.get(stored);
    if (known === undefined || !isSameHash(known, this.#keyedHash(secret))) return false;
    return network === undefined || this.#seenFrom.has(`${network} ${stored}`);
  }

  /**
   * Does the work of one asker one piece after another, so that a flood of guesses delays only the asker that
   * sends it.
   * @throws RATE_LIMITED
   */
  async runQueued<T>(queueKey: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.memo(queueKey);
    if (queue.pendingCount >= MAX_QUEUED || this.#queuedTotal >= MAX_QUEUED_TOTAL)
      throw tooManyRequests();
    this.#queuedTotal++;
    try {
      return await queue(work);
    } finally {
      this.#queuedTotal--;
    }
  }

  /**
   * @param stored null: there is none, and the answer takes as long as for a wrong secret
   * @throws RATE_LIMITED
   */
  async verify(secret: string, stored: string | null): Promise<boolean> {
    const compared = stored ?? this.#dummyHash;
    const fits = await this.#verifiers.run<boolean>({ kind: "verify", secret, stored: compared });
    return fits && stored !== null;
  }

  /** Remembers a secret that was verified for this asker. */
  cache(secret: string, stored: string, network: string): void {
    this.#verified.set(stored, this.#keyedHash(secret));
    this.#seenFrom.set(`${network} ${stored}`, true);
  }

  async close(): Promise<void> {
    // The server has closed the connections of those who wait.
    for (const queue of this.#queues.values()) queue.clearQueue();
    await Promise.all([this.#verifiers.close(), this.#hashers.close()]);
  }

  #keyedHash(secret: string): string {
    return createHmac("sha256", this.#processKey).update(secret).digest("base64url");
  }
}

/** A pool of threads with a bounded queue. A thread that fails to start fails the tasks, not the process. */
class WorkerPool {
  #pool: Piscina;
  readonly #failures = new WeakMap<Piscina, unknown>();

  constructor(
    private readonly program: string,
    private readonly max: number,
  ) {
    this.#pool = this.#start();
  }

  /** @throws RATE_LIMITED */
  async run<T>(task: object): Promise<T> {
    const pool = this.#pool;
    if (pool.queueSize >= MAX_QUEUED) throw tooManyRequests();
    try {
      return (await pool.run(task)) as T;
    } catch (error) {
      throw this.#failures.get(pool) ?? error;
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #start(): Piscina {
    const pool = new Piscina({
      filename: this.program,
      minThreads: 0,
      maxThreads: this.max,
      maxQueue: MAX_QUEUED,
      idleTimeout: IDLE_MS,
    });
    // When a thread fails to start, piscina leaves its tasks waiting for ever: destroying the pool ends them.
    pool.on("error", (error) => {
      if (this.#failures.has(pool)) return;
      this.#failures.set(pool, error);
      this.#pool = this.#start();
      void pool.destroy();
    });
    return pool;
  }
}

const tooManyRequests = () =>
  new CountersignError("RATE_LIMITED", "Too many secrets are being checked, try again", {
    retryAfterSeconds: 1,
  });
