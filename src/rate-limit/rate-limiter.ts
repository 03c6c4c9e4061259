import { hash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { EntityManager } from "typeorm";
import { insertMany, insertManyReturning } from "../persistence/insert-many.js";
import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { type Clock, hasEnded, secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { RateLimitPolicy } from "./policies.js";
import { RateLimitCounter } from "./rate-limit-counter.entity.js";

/** A policy and the subject whose events it counts, such as a client and a network. */
export type Quota = [policy: RateLimitPolicy, ...subject: string[]];

/** A quota and the key of its row. */
interface QuotaKey {
  policy: RateLimitPolicy;
  key: string;
}

/** A change that applies to all of these counters or to none. */
interface Change {
  quotaKeys: readonly QuotaKey[];
  delta: 1 | -1;
  resolve: (rejection: Rejection) => void;
  reject: (error: unknown) => void;
}

/** RATE_LIMITED, or null if the change is allowed. */
type Rejection = CountersignError | null;

/** Changes in one unit of work, so that it does not block others for long. */
const BATCH_SIZE = 50;

/**
 * A rejection is delayed by this time, or by up to twice as much. Many programs retry at once and without
 * end, so the delay slows them down. Its random part spreads programs that started at the same time.
 */
const REJECTION_DELAY_MS = 250;
/** Delayed rejections per process: each one holds a request in memory, up to half a megabyte. */
const MAX_DELAYED = 250;

/**
 * Limits how often something happens, with fixed windows. The counters are in the database, so that all
 * processes share them. Their keys are hashes, so that a row does not reveal its subject.
 *
 * While a process writes a counter, further changes of that counter wait in memory and share the next unit of
 * work. Otherwise a burst would hold all connections while it waits for one row, and token requests get none.
 */
export class RateLimiter {
  readonly #readCommitted: PreparedRead<{
    counter: RateLimitCounter | null;
    other: RateLimitCounter | null;
  }>;
  /** Shared key -> changes that wait until the current write of that key ends. */
  readonly #pending = new Map<string, Change[]>();
  #delayed = 0;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly onRejection: (limit: string) => void = () => {},
  ) {
    this.#readCommitted = new PreparedRead(
      "rate-limit-counter",
      unitOfWork.read.dataSource,
      { counter: { entity: RateLimitCounter }, other: { entity: RateLimitCounter } },
      `FROM (SELECT 1) AS request
        LEFT JOIN rate_limit_counters AS counter ON counter."key" = $1
        LEFT JOIN rate_limit_counters AS other ON other."key" = $2`,
    );
  }

  /** Awaits the check of a quota, and delays its rejection. */
  async delayRejection(quotaCheck: Promise<void>): Promise<void> {
    try {
      await quotaCheck;
    } catch (error) {
      if (error instanceof CountersignError) await this.#delay();
      throw error;
    }
  }

  /**
   * Consumes one event of each quota, or of none.
   * @param quotas the quota that the most events share comes last, because changes wait by its key
   * @throws RATE_LIMITED if one of the quotas is exhausted
   */
  async consume(...quotas: Quota[]): Promise<void> {
    const quotaKeys = quotas.map(toQuotaKey);
    // Rejects a flood without a write, because other requests wait for each write.
    const rejection = (await this.#exceeded(quotaKeys)) ?? (await this.#change(quotaKeys, 1));
    if (rejection) throw this.#rejected(rejection);
  }

  /** Consumes nothing. @throws RATE_LIMITED if one of the quotas is exhausted */
  async assertAvailable(...quotas: Quota[]): Promise<void> {
    const rejection = await this.#exceeded(quotas.map(toQuotaKey));
    if (rejection) throw this.#rejected(rejection);
  }

  #rejected(rejection: CountersignError): CountersignError {
    this.onRejection(rejection.details.rateLimit ?? "");
    return rejection;
  }

  /** Gives one event back to each quota. */
  async refund(...quotas: Quota[]): Promise<void> {
    await this.#change(quotas.map(toQuotaKey), -1);
  }

  /** Most requests have two quotas, whose counters are one read. */
  async #exceeded([first, second, ...others]: readonly QuotaKey[]): Promise<Rejection> {
    if (!first) return null;
    const row = await this.#readCommitted.first(first.key, second?.key ?? null);
    const now = this.clock.now();
    const rejection =
      (row?.counter && rejectionFor(first.policy, row.counter, now)) ??
      (second && row?.other && rejectionFor(second.policy, row.other, now));
    return rejection ?? this.#exceeded(others);
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
        for (const [index, { resolve }] of changes.entries()) resolve(rejections[index] ?? null);
      } catch (error) {
        // The waiting changes would fail for the same reason, such as an unreachable database.
        for (const { reject } of [...changes, ...waiting.splice(0)]) reject(error);
      }
    }
    this.#pending.delete(shared);
  }

  /** @returns the rejection of each change, or null */
  async #write(manager: EntityManager, changes: readonly Change[]): Promise<Rejection[]> {
    const now = this.clock.now();
    // Sorted, so that two processes lock rows in the same order and cannot deadlock.
    const keys = [
      ...new Set(changes.flatMap(({ quotaKeys }) => quotaKeys.map(({ key }) => key))),
    ].sort();
    const newCounters = keys.map((key) => ({ key, count: 0, windowEndsAt: now }));
    // Locks the rows that exist, so that housekeeping cannot delete them before they are written below.
    const lock = `("key") DO UPDATE SET count = rate_limit_counters.count`;
    const counters = await insertManyReturning(manager, RateLimitCounter, newCounters, lock);
    const countersByKey = new Map(counters.map((counter) => [counter.key, counter]));
    const rejections = changes.map((change) => applyInMemory(change, countersByKey, now));
    const store = `("key") DO UPDATE SET count = excluded.count, window_ends_at = excluded.window_ends_at`;
    await insertMany(manager, RateLimitCounter, counters, store);
    return rejections;
  }
}

/** Changes the loaded counters, unless an increase exceeds a limit. @returns the rejection, or null */
function applyInMemory(
  { quotaKeys, delta }: Change,
  countersByKey: ReadonlyMap<string, RateLimitCounter>,
  now: Date,
): Rejection {
  const quotas = quotaKeys.map(({ policy, key }) => {
    const counter = countersByKey.get(key) as RateLimitCounter;
    return { policy, counter };
  });
  if (delta > 0) {
    for (const { policy, counter } of quotas) {
      const rejection = rejectionFor(policy, counter, now);
      if (rejection) return rejection;
    }
  }
  for (const { policy, counter } of quotas) {
    if (hasEnded(counter.windowEndsAt, now, policy.windowSeconds)) {
      counter.count = 0;
      counter.windowEndsAt = secondsFrom(now, policy.windowSeconds);
    }
    counter.count = Math.max(0, counter.count + delta);
  }
  return null;
}

function rejectionFor(policy: RateLimitPolicy, counter: RateLimitCounter, now: Date): Rejection {
  if (counter.count < policy.limit) return null;
  if (hasEnded(counter.windowEndsAt, now, policy.windowSeconds)) return null;
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
