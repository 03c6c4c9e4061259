import { hash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { type EntityManager, In } from "typeorm";
import { insertMany } from "../persistence/insert-many.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { type Clock, secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { RateLimitPolicy } from "./policies.js";
import { RateLimitCounter } from "./rate-limit-counter.entity.js";

/** So many events of a policy, for whom. */
export type Quota = [policy: RateLimitPolicy, ...subject: string[]];

/** An allowance by the key of its row: a subject may be long. */
interface QuotaKey {
  policy: RateLimitPolicy;
  key: string;
}

/** Of all these counters or of none. */
interface Change {
  quotaKeys: readonly QuotaKey[];
  delta: 1 | -1;
  resolve: (rejection: Rejection) => void;
  reject: (error: unknown) => void;
}

/** RATE_LIMITED. */
type Rejection = CountersignError | null;

/** Per unit of work, so that it holds up nobody else's for long. */
const BATCH_SIZE = 50;

/**
 * Who is refused hears of it so much later, or up to twice that: many a program tries again at once, and
 * for ever; and those that have begun together shall not come back together.
 */
const REJECTION_DELAY_MS = 250;
/** More are not held, by a process: each is a request in memory, of half a megabyte at most. */
const MAX_DELAYED = 250;

/**
 * Counts in fixed windows, in the database, so that every process sees the same count.
 * Keys are stored hashed: a row tells nothing about who it belongs to.
 *
 * What a process has to count while it is writing the same counter waits in memory and shares the next
 * unit of work: in a burst, hundreds that wait for one row would have all connections, which others
 * need for their tokens.
 */
export class RateLimiter {
  readonly #readCommitted: PreparedRead<{ counter: RateLimitCounter }>;
  /** Changes that wait for one that is under way, by the key that they share with it. */
  readonly #pending = new Map<string, Change[]>();
  #delayed = 0;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {
    this.#readCommitted = new PreparedRead(
      "rate-limit-counter",
      unitOfWork.read.dataSource,
      { counter: { entity: RateLimitCounter } },
      'FROM rate_limit_counters AS counter WHERE counter."key" = $1',
    );
  }

  /** Lets whoever is refused hear of it after a moment. */
  async delayRejection(consumption: Promise<void>): Promise<void> {
    try {
      await consumption;
    } catch (error) {
      if (error instanceof CountersignError) await this.#delay();
      throw error;
    }
  }

  /**
   * Takes one event from each allowance, or from none.
   * @param quotas the one that most events share comes last
   * @throws RATE_LIMITED when one of them has been used up
   */
  async consume(...quotas: Quota[]): Promise<void> {
    const quotaKeys = quotas.map(toQuotaKey);
    // A flood that is over its limit is told so without a write, each of which others wait for.
    const rejection = (await this.#exceeded(quotaKeys)) ?? (await this.#change(quotaKeys, 1));
    if (rejection) throw rejection;
  }

  /** @throws RATE_LIMITED when one of them has been used up */
  async assertAvailable(...quotas: Quota[]): Promise<void> {
    const rejection = await this.#exceeded(quotas.map(toQuotaKey));
    if (rejection) throw rejection;
  }

  /** Takes one event back that was counted before it was known to be harmless. */
  async refund(...quotas: Quota[]): Promise<void> {
    await this.#change(quotas.map(toQuotaKey), -1);
  }

  async #exceeded(quotaKeys: readonly QuotaKey[]): Promise<Rejection> {
    for (const { policy, key } of quotaKeys) {
      const found = await this.#readCommitted.first(key);
      const rejection = found && rejectionFor(policy, found.counter, this.clock.now());
      if (rejection) return rejection;
    }
    return null;
  }

  async #delay(): Promise<void> {
    if (this.#delayed >= MAX_DELAYED) return;
    this.#delayed++;
    await setTimeout(REJECTION_DELAY_MS * (1 + Math.random()));
    this.#delayed--;
  }

  #change(quotaKeys: readonly QuotaKey[], delta: 1 | -1): Promise<Rejection> {
    const shared = quotaKeys.at(-1)?.key ?? "";
    return new Promise((resolve, reject) => {
      const change = { quotaKeys, delta, resolve, reject };
      const waiting = this.#pending.get(shared);
      if (waiting) waiting.push(change);
      else void this.#writeAll(shared, change);
    });
  }

  async #writeAll(shared: string, first: Change): Promise<void> {
    const waiting = [first];
    this.#pending.set(shared, waiting);
    while (waiting.length > 0) {
      const changes = waiting.splice(0, BATCH_SIZE);
      try {
        const rejections = await this.unitOfWork.write((manager) => this.#write(manager, changes));
        for (const [at, { resolve }] of changes.entries()) resolve(rejections[at] ?? null);
      } catch (error) {
        // Those who wait would only wait for the same, such as a database that has gone.
        for (const { reject } of [...changes, ...waiting.splice(0)]) reject(error);
      }
    }
    this.#pending.delete(shared);
  }

  /** @returns for each change why it is refused, or null */
  async #write(manager: EntityManager, changes: readonly Change[]): Promise<Rejection[]> {
    const now = this.clock.now();
    // In the order of their keys, so that two processes do not wait for each other's rows.
    const keys = [
      ...new Set(changes.flatMap(({ quotaKeys }) => quotaKeys.map(({ key }) => key))),
    ].sort();
    const fresh = keys.map((key) => ({ key, count: 0, windowEndsAt: now }));
    // Locks those that are there: none may be swept away between this and what is written below.
    const lock = `("key") DO UPDATE SET count = rate_limit_counters.count`;
    await insertMany(manager, RateLimitCounter, fresh, lock);
    const found = await manager.findBy(RateLimitCounter, { key: In(keys) });
    const counters = new Map(found.map((counter) => [counter.key, counter]));
    const rejections = changes.map((change) => applyInMemory(change, counters, now));
    const store = `("key") DO UPDATE SET count = excluded.count, window_ends_at = excluded.window_ends_at`;
    await insertMany(manager, RateLimitCounter, found, store);
    return rejections;
  }
}

/** Counts in memory. */
function applyInMemory(
  { quotaKeys, delta }: Change,
  counters: ReadonlyMap<string, RateLimitCounter>,
  now: Date,
): Rejection {
  const own = quotaKeys.map(({ policy, key }) => {
    const counter = counters.get(key) as RateLimitCounter;
    return { policy, counter };
  });
  if (delta > 0) {
    for (const { policy, counter } of own) {
      const rejection = rejectionFor(policy, counter, now);
      if (rejection) return rejection;
    }
  }
  for (const { policy, counter } of own) {
    if (counter.windowEndsAt <= now) {
      counter.count = 0;
      counter.windowEndsAt = secondsFrom(now, policy.windowSeconds);
    }
    counter.count = Math.max(0, counter.count + delta);
  }
  return null;
}

function rejectionFor(policy: RateLimitPolicy, counter: RateLimitCounter, now: Date): Rejection {
  if (counter.count < policy.limit || counter.windowEndsAt <= now) return null;
  const milliseconds = counter.windowEndsAt.getTime() - now.getTime();
  return new CountersignError("RATE_LIMITED", policy.message, {
    retryAfterSeconds: Math.ceil(milliseconds / 1000),
    rateLimit: policy.name,
  });
}

function toQuotaKey([policy, ...subject]: Quota): QuotaKey {
  const key = hash("sha256", JSON.stringify([policy.name, ...subject]), "base64url");
  return { policy, key };
}
