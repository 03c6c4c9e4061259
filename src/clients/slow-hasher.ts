import { createHmac, randomBytes, randomInt } from "node:crypto";
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
const IDLE_MS = 30_000;
/** Of one asker at once: as many as there are threads, but fewer than wrong secrets are allowed to a client. */
const MAX_UNDER_WAY = 4;
/** Who comes when there are more only finds its line empty. */
const MAX_ASKERS = 10_000;
/** Of the time that the latest verifications for nobody have taken. */
const SAMPLES = 8;
/** Between two of them, in multiples of what the first took: 2 % of a core. */
const NOBODYS_REST = 50;

/** A hash that nothing matches, for clients that do not exist. Cost as of an import in clear. */
const NOBODYS_HASH = "bcrypt-sha256$$2b$10$HiFVyCiESsHJ1Lxp5k.Y1OtI.BY/K9RJTN4u9gdwBdK6f.PZnIBUi";

interface Verification {
  fits: boolean;
  /** In the thread, without the time in its queue. */
  milliseconds: number;
}

/**
 * Hashes of secrets that people may have chosen, in worker threads. A secret that was verified is
 * remembered in memory, under a key of this process, so that only its first use pays.
 */
export class SlowHasher {
  readonly #verifiers: Piscina;
  readonly #hashers: Piscina;
  readonly #processKey = randomBytes(32);
  /** asker -> what it has under way, and what waits for that */
  readonly #lines: LRUCache<string, LimitFunction>;
  /** Milliseconds that the latest verifications for nobody have taken. The first is a guess. */
  #nobodysTimes = [80];
  #nobodyDueAt = 0;
  /** stored hash -> keyed hash of the secret that fits it */
  readonly #verified = new LRUCache<string, string>({ max: 10_000 });

  /** @param maxThreads of each kind */
  constructor(maxThreads = 1) {
    const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
    this.#verifiers = workers(maxThreads, PRIORITY_BELOW_NORMAL);
    const underWay = Math.min(maxThreads, MAX_UNDER_WAY);
    this.#lines = new LRUCache({ max: MAX_ASKERS, memoMethod: () => pLimit(underWay) });
    // First tokens, which programs wait for, come before imports, and are not queued behind them.
    this.#hashers = workers(maxThreads, PRIORITY_LOW);
  }

  async isTooGuessable(secret: string): Promise<boolean> {
    return (await run<number>(this.#hashers, { kind: "strength", secret })) < MIN_GUESSES_LOG10;
  }

  async hash(secret: string): Promise<string> {
    return run<string>(this.#hashers, { kind: "hash", secret, cost: BCRYPT_COST });
  }

  /** Whether this process has seen the secret fit before; costs microseconds. */
  remembers(secret: string, stored: string): boolean {
    const known = this.#verified.get(stored);
    return known !== undefined && isSameHash(known, this.#keyedHash(secret));
  }

  /**
   * Work for one asker: as much at once as there are threads for, the rest in the order of its coming. A
   * flood waits for itself, and how long does not tell which of its guesses are at clients that exist.
   * @throws RATE_LIMITED
   */
  async inLine<T>(asker: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.memo(asker);
    if (line.pendingCount >= MAX_QUEUED) throw tooMany();
    return line(work);
  }

  /**
   * @param stored null: there is none, which takes as long as one that does not fit
   * @throws RATE_LIMITED
   */
  async verify(secret: string, stored: string | null): Promise<boolean> {
    if (stored === null) {
      await this.#verifyNobody(secret);
      return false;
    }
    const { fits } = await this.#verification(secret, stored);
    if (fits) this.#verified.set(stored, this.#keyedHash(secret));
    return fits;
  }

  forget(...stored: (string | null)[]): void {
    for (const hash of stored) if (hash) this.#verified.delete(hash);
  }

  async close(): Promise<void> {
    await Promise.all([this.#verifiers.destroy(), this.#hashers.destroy()]);
  }

  /**
   * Is computed now and then, to know how long it takes. Otherwise it only takes the time: guesses at ids
   * would have a core for themselves, and stand before those who have an id.
   */
  async #verifyNobody(secret: string): Promise<void> {
    if (performance.now() < this.#nobodyDueAt) {
      const time = this.#nobodysTimes[randomInt(this.#nobodysTimes.length)] ?? 0;
      await setTimeout(time * (1 + this.#verifiers.queueSize / this.#verifiers.maxThreads));
      return;
    }
    this.#nobodyDueAt = Number.POSITIVE_INFINITY;
    const isCold = this.#verifiers.threads.length === 0;
    let rest = 0;
    try {
      const { milliseconds } = await this.#verification(secret, NOBODYS_HASH);
      // A thread that has just started is slower than it will be.
      if (!isCold) this.#nobodysTimes = [milliseconds, ...this.#nobodysTimes].slice(0, SAMPLES);
      if (this.#nobodysTimes.length === SAMPLES) rest = milliseconds * NOBODYS_REST;
    } finally {
      this.#nobodyDueAt = performance.now() + rest;
    }
  }

  #verification(secret: string, stored: string): Promise<Verification> {
    return run(this.#verifiers, { kind: "verify", secret, stored });
  }

  #keyedHash(secret: string): string {
    return createHmac("sha256", this.#processKey).update(secret).digest("base64url");
  }
}

/** @param niceness of their threads, on Linux */
function workers(maxThreads: number, niceness: number): Piscina {
  return new Piscina({
    filename: new URL("./slow-hash.worker.js", import.meta.url).href,
    minThreads: 0,
    maxThreads,
    maxQueue: MAX_QUEUED,
    idleTimeout: IDLE_MS,
    workerData: { niceness },
  });
}

async function run<T>(workers: Piscina, task: object): Promise<T> {
  if (workers.queueSize >= MAX_QUEUED) throw tooMany();
  return (await workers.run(task)) as T;
}

const tooMany = () =>
  new CountersignError("RATE_LIMITED", "Too many secrets are being checked, try again", {
    retryAfterSeconds: 1,
  });
