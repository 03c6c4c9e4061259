import { hash } from "node:crypto";
import { type EntityManager, In } from "typeorm";
import { type Clock, secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { insertMany } from "../shared/insert-many.js";
import { PreparedRead } from "../shared/prepared-read.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import type { RateLimitPolicy } from "./policies.js";
import { RateLimitCounter } from "./rate-limit-counter.entity.js";

/** So many events of a policy, for whom. */
export type Allowance = [policy: RateLimitPolicy, ...subject: string[]];

/** Of all these allowances or of none. */
interface Change {
  allowances: readonly Allowance[];
  by: 1 | -1;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** RATE_LIMITED. */
type Refusal = CountersignError | null;

/** Per unit of work, so that it holds up nobody else's for long. */
const MAX_TOGETHER = 200;

/**
 * Counts in fixed windows, in the database, so that every process sees the same count.
 * Keys are stored hashed: a row tells nothing about who it belongs to.
 *
 * What a process has to count while it is writing waits in memory and shares the next unit of work: in
 * a burst, hundreds that wait for one row would have all connections, which others need for their tokens.
 */
export class RateLimiter {
  readonly #committed: PreparedRead<{ counter: RateLimitCounter }>;
  #waiting: Change[] = [];
  #isWriting = false;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {
    this.#committed = new PreparedRead(
      "rate-limit-counter",
      unitOfWork.read.dataSource,
      { counter: { entity: RateLimitCounter } },
      'FROM rate_limit_counters AS counter WHERE counter."key" = $1',
    );
  }

  /**
   * Takes one event from each allowance, or from none.
   * @throws RATE_LIMITED when one of them has been used up
   */
  async count(...allowances: Allowance[]): Promise<void> {
    // A flood that is over its limit is told so without a write, each of which others wait for.
    for (const allowance of allowances) {
      const found = await this.#committed.one(keyOf(allowance));
      const refusal = found && refusalOf(allowance, found.counter, this.clock.now());
      if (refusal) throw refusal;
    }
    await this.#change(allowances, 1);
  }

  /** Takes one event back that was counted before it was known to be harmless. */
  async refund(...allowances: Allowance[]): Promise<void> {
    await this.#change(allowances, -1);
  }

  #change(allowances: readonly Allowance[], by: 1 | -1): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ allowances, by, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const changes = this.#waiting.splice(0, MAX_TOGETHER);
      try {
        const refusals = await this.unitOfWork.write((manager) => this.#write(manager, changes));
        for (const [at, { resolve, reject }] of changes.entries()) {
          const refusal = refusals[at];
          if (refusal) reject(refusal);
          else resolve();
        }
      } catch (error) {
        for (const { reject } of changes) reject(error);
      }
    }
    this.#isWriting = false;
  }

  /** @returns for each change why it is refused, or null */
  async #write(manager: EntityManager, changes: readonly Change[]): Promise<Refusal[]> {
    const now = this.clock.now();
    // In the order of their keys, so that two processes do not wait for each other's rows.
    const keys = [...new Set(changes.flatMap(({ allowances }) => allowances.map(keyOf)))].sort();
    const fresh = keys.map((key) => ({ key, count: 0, windowEndsAt: now }));
    await insertMany(manager, RateLimitCounter, fresh, "DO NOTHING");
    const where = { key: In(keys) };
    const found = await this.unitOfWork.findManyForUpdate(RateLimitCounter, where, { key: "ASC" });
    const counters = new Map([...fresh, ...found].map((counter) => [counter.key, counter]));
    const refusals = changes.map((change) => apply(change, counters, now));
    await insertMany(
      manager,
      RateLimitCounter,
      keys.flatMap((key) => counters.get(key) ?? []),
      `("key") DO UPDATE SET count = excluded.count, window_ends_at = excluded.window_ends_at`,
    );
    return refusals;
  }
}

/** Counts in memory. */
function apply(
  { allowances, by }: Change,
  counters: ReadonlyMap<string, RateLimitCounter>,
  now: Date,
): Refusal {
  const own = allowances.map((allowance) => {
    const counter = counters.get(keyOf(allowance)) as RateLimitCounter;
    return { allowance, counter };
  });
  if (by > 0) {
    for (const { allowance, counter } of own) {
      const refusal = refusalOf(allowance, counter, now);
      if (refusal) return refusal;
    }
  }
  for (const { allowance, counter } of own) {
    if (counter.windowEndsAt <= now) {
      counter.count = 0;
      counter.windowEndsAt = secondsFrom(now, allowance[0].windowSeconds);
    }
    counter.count = Math.max(0, counter.count + by);
  }
  return null;
}

function refusalOf([policy]: Allowance, counter: RateLimitCounter, now: Date): Refusal {
  if (counter.count < policy.limit || counter.windowEndsAt <= now) return null;
  const milliseconds = counter.windowEndsAt.getTime() - now.getTime();
  return new CountersignError("RATE_LIMITED", policy.message, {
    retryAfterSeconds: Math.ceil(milliseconds / 1000),
  });
}

function keyOf([policy, ...subject]: Allowance): string {
  return hash("sha256", JSON.stringify([policy.name, ...subject]), "base64url");
}
