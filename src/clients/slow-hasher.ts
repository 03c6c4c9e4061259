import { Piscina } from "piscina";
import { CountersignError } from "../shared/errors.js";
import { KeyedQueues } from "../shared/keyed-queues.js";
import { inSpan } from "../shared/tracing.js";

/** As high as the server's performance allows (NIST SP 800-63B section 5.1.1.2). */
const BCRYPT_COST = 10;
/** zxcvbn calls a secret that needs 10^10 guesses "safely unguessable". */
const MIN_GUESSES_LOG10 = 10;
/** Waiting tasks in one queue. */
const MAX_QUEUED = 256;
const IDLE_MS = 300_000;
/** Tasks in all queues together. Each one holds a request in memory, up to half a megabyte. */
const MAX_QUEUED_TOTAL = 512;

export interface SlowHasherOptions {
  /** Threads for verification, and the same number for imports; 1 if absent. */
  maxThreads?: number | undefined;
  /** Cost of new hashes and of the dummy hash; 10 if absent. */
  bcryptCost?: number | undefined;
  /** URL of the script that the threads run. */
  program?: string;
}

/** Hashes and verifies secrets that people may have chosen, in worker threads (ADR 0004). */
export class SlowHasher {
  readonly #verifiers: WorkerPool;
  readonly #hashers: WorkerPool;
  readonly #bcryptCost: number;
  /** Matches no secret, and takes as long to verify as a secret that was imported in clear text. */
  readonly #dummyHash: string;
  readonly #queues = new KeyedQueues({
    perKey: MAX_QUEUED,
    total: MAX_QUEUED_TOTAL,
    tooMany: () => tooManyRequests(),
  });

  constructor({
    maxThreads = 1,
    bcryptCost = BCRYPT_COST,
    program = new URL("./slow-hash.worker.js", import.meta.url).href,
  }: SlowHasherOptions = {}) {
    this.#verifiers = new WorkerPool(program, maxThreads);
    // Imports have threads of their own, so that token requests do not queue behind them.
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

  /** Stores the digest of a secret, which is fast to compute and thus to guess, as a slow hash of it. */
  async wrap(prefix: string, digest: string): Promise<string> {
    const cost = this.#bcryptCost;
    return this.#hashers.run<string>({ kind: "wrap", prefix, digest, cost });
  }

  /**
   * Runs the tasks of a queue key one after another, so that a flood of guesses delays only its own network.
   * @throws RATE_LIMITED
   */
  async runQueued<T>(queueKey: string, task: () => Promise<T>): Promise<T> {
    return this.#queues.run(queueKey, task);
  }

  /**
   * @param stored null if there is none: the result is false, after the time of a wrong secret
   * @throws RATE_LIMITED
   */
  async verify(secret: string, stored: string | null): Promise<boolean> {
    const matches = await this.#verifiers.run<boolean>({
      kind: "verify",
      secret,
      stored: stored ?? this.#dummyHash,
    });
    return matches && stored !== null;
  }

  async close(): Promise<void> {
    // The server has already closed the connections of the queued requests.
    this.#queues.clear();
    await Promise.all([this.#verifiers.close(), this.#hashers.close()]);
  }
}

type Task = { kind: string } & Record<string, unknown>;

/** A pool of threads with a bounded queue. If a thread fails to start, tasks fail and the process goes on. */
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
  async run<T>(task: Task): Promise<T> {
    const attributes = { "countersign.hash.task": task.kind };
    return inSpan("slow hash", attributes, () => this.#run<T>(task));
  }

  async #run<T>(task: Task): Promise<T> {
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
      recordTiming: false,
      // Otherwise each thread would load what the operator preloads for the server, such as an SDK for traces.
      execArgv: [],
    });
    // If a thread fails to start, piscina never settles the queued tasks: destroying the pool rejects them.
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
  new CountersignError("RATE_LIMITED", "Too many secrets are being verified, try again later", {
    retryAfterSeconds: 1,
  });
