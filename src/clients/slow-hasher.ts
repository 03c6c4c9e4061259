import { createHmac, randomBytes } from "node:crypto";
import { constants } from "node:os";
import { setTimeout } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import pLimit, { type LimitFunction } from "p-limit";
import { Piscina } from "piscina";
import { CountersignError } from "../shared/errors.js";
import { isSameHash } from "../shared/secrets.js";

/** NIST SP 800-63B section 5.1.1.2 wants a work factor as high as the verifier can bear. */
const BCRYPT_COST = 10;
/** "Safely unguessable" on zxcvbn's scale: more than 10^10 guesses. */
const MIN_GUESSES_LOG10 = 10;
const MAX_QUEUED = 256;
/** A thread that starts costs tokens more than one that waits: 20 ms of the event loop, cold. */
const IDLE_MS = 300_000;
/** In all lines: each is a request in memory, of half a megabyte at most. */
const MAX_IN_LINES = 512;
/** Who comes when there are more only finds its line empty. */
const MAX_ASKERS = 10_000;
/** Verifications for nobody that are computed at once. */
const MAX_NOBODIES = 16;

/** A hash that nothing matches, for clients that do not exist. Cost as of an import in clear. */
const NOBODYS_HASH = "bcrypt-sha256$$2b$10$HiFVyCiESsHJ1Lxp5k.Y1OtI.BY/K9RJTN4u9gdwBdK6f.PZnIBUi";

/**
 * Hashes of secrets that people may have chosen, in worker threads. A secret that was verified is
 * remembered in memory, under a key of this process, so that only its first use pays.
 */
export class SlowHasher {
  readonly #verifiers: Threads;
  readonly #hashers: Threads;
  readonly #processKey = randomBytes(32);
  #nobodies = 0;
  #inLines = 0;
  #nobodyMs = 80;
  /** asker -> what it has under way, and what waits for that */
  readonly #lines = new LRUCache<string, LimitFunction>({
    max: MAX_ASKERS,
    memoMethod: () => pLimit(1),
  });
  /** stored hash -> keyed hash of the secret that fits it */
  readonly #verified = new LRUCache<string, string>({ max: 10_000 });
  /** Askers with stored hashes that their secret has fitted. */
  readonly #fitted = new LRUCache<string, true>({ max: 10_000 });

  /** @param maxThreads of each kind */
  constructor(maxThreads = 1, program = new URL("./slow-hash.worker.js", import.meta.url).href) {
    const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
    this.#verifiers = new Threads(program, maxThreads, PRIORITY_BELOW_NORMAL);
    // First tokens, which programs wait for, come before imports, and are not queued behind them.
    this.#hashers = new Threads(program, maxThreads, PRIORITY_LOW);
  }

  async isTooGuessable(secret: string): Promise<boolean> {
    return (await this.#hashers.run<number>({ kind: "strength", secret })) < MIN_GUESSES_LOG10;
  }

  async hash(secret: string): Promise<string> {
    return this.#hashers.run<string>({ kind: "hash", secret, cost: BCRYPT_COST });
  }

  /**
   * Whether this process has seen the secret fit before; costs microseconds.
   * @param asker absent: whoever asked
   */
  remembers(secret: string, stored: string, asker?: string): boolean {
    const known = this.#verified.get(stored);
    if (known === undefined || !isSameHash(known, this.#keyedHash(secret))) return false;
    return asker === undefined || this.#fitted.has(`${asker} ${stored}`);
  }

  /**
   * What one asker wants, one after another: a flood waits for itself, and many guesses at once take as long
   * at a client that exists as at others.
   * @throws RATE_LIMITED
   */
  async inLine<T>(asker: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.memo(asker);
    if (line.pendingCount >= MAX_QUEUED || this.#inLines >= MAX_IN_LINES) throw tooMany();
    this.#inLines++;
    try {
      return await line(work);
    } finally {
      this.#inLines--;
    }
  }

  /**
   * @param stored null: there is none, which takes as long as one that does not fit
   * @throws RATE_LIMITED
   */
  async verify(secret: string, stored: string | null): Promise<boolean> {
    if (stored === null) return this.#verifyNobody(secret);
    return this.#verifiers.run({ kind: "verify", secret, stored });
  }

  /** After it has been verified, and `asker` may know. */
  remember(secret: string, stored: string, asker: string): void {
    this.#verified.set(stored, this.#keyedHash(secret));
    this.#fitted.set(`${asker} ${stored}`, true);
  }

  forget(...stored: (string | null)[]): void {
    for (const hash of stored) if (hash) this.#verified.delete(hash);
  }

  async close(): Promise<void> {
    // The connections of those who wait have been closed before.
    for (const line of this.#lines.values()) line.clearQueue();
    await Promise.all([this.#verifiers.close(), this.#hashers.close()]);
  }

  /**
   * Does the work of a verification that fails. When much of it is under way it only takes the time,
   * so that guesses at ids from many addresses do not stand before those who have one.
   */
  async #verifyNobody(secret: string): Promise<false> {
    if (this.#nobodies >= MAX_NOBODIES) {
      if (this.#verifiers.isFull) throw tooMany();
      await setTimeout(this.#nobodyMs);
      return false;
    }
    this.#nobodies++;
    const startedAt = performance.now();
    try {
      await this.#verifiers.run({ kind: "verify", secret, stored: NOBODYS_HASH });
      return false;
    } finally {
      this.#nobodies--;
      this.#nobodyMs = performance.now() - startedAt;
    }
  }

  #keyedHash(secret: string): string {
    return createHmac("sha256", this.#processKey).update(secret).digest("base64url");
  }
}

/** Threads of one priority, and what waits for them. */
class Threads {
  #pool: Piscina;
  readonly #failures = new WeakMap<Piscina, unknown>();

  /** @param niceness on Linux */
  constructor(
    private readonly program: string,
    private readonly max: number,
    private readonly niceness: number,
  ) {
    this.#pool = this.#start();
  }

  get isFull(): boolean {
    return this.#pool.queueSize >= MAX_QUEUED;
  }

  /** @throws RATE_LIMITED */
  async run<T>(task: object): Promise<T> {
    if (this.isFull) throw tooMany();
    const pool = this.#pool;
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
      workerData: { niceness: this.niceness },
    });
    // Where a thread does not start, piscina keeps what waits for it for ever.
    pool.on("error", (error) => {
      if (this.#failures.has(pool)) return;
      this.#failures.set(pool, error);
      this.#pool = this.#start();
      void pool.destroy();
    });
    return pool;
  }
}

const tooMany = () =>
  new CountersignError("RATE_LIMITED", "Too many secrets are being checked, try again", {
    retryAfterSeconds: 1,
  });
