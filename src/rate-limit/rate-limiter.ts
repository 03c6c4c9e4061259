import { createHash } from "node:crypto";
import { type EntityManager, In, MoreThan } from "typeorm";
import { type Clock, secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import type { RateLimitPolicy } from "./policies.js";
import { RateLimitCounter } from "./rate-limit-counter.entity.js";

/** So many events of a policy, for whom. */
export type Allowance = [policy: RateLimitPolicy, ...subject: string[]];

/**
 * Counts in fixed windows, in the database, so that every process sees the same count.
 * Keys are stored hashed: a row tells nothing about who it belongs to.
 */
export class RateLimiter {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes one event from each allowance, or from none.
   * @throws RATE_LIMITED when one of them has been used up
   */
  async count(...allowances: Allowance[]): Promise<void> {
    const now = this.clock.now();
    // A flood that is over its limit is told so without a write, each of which others wait for.
    const known = await this.unitOfWork.read.findBy(RateLimitCounter, {
      key: In(allowances.map(keyOf)),
    });
    for (const allowance of allowances) {
      const counter = known.find(({ key }) => key === keyOf(allowance));
      this.#refuseIfUsedUp(allowance, counter, now);
    }
    await this.unitOfWork.write(async (manager) => {
      for (const allowance of allowances) await this.#take(manager, allowance, now);
    });
  }

  /** Takes one event back that was counted before it was known to be harmless. */
  async refund(...allowances: Allowance[]): Promise<void> {
    await this.unitOfWork.write(async (manager) => {
      for (const allowance of allowances) {
        const counter = { key: keyOf(allowance), count: MoreThan(0) };
        await manager.decrement(RateLimitCounter, counter, "count", 1);
      }
    });
  }

  async #take(manager: EntityManager, allowance: Allowance, now: Date): Promise<void> {
    const key = keyOf(allowance);
    const freshWindow = { count: 0, windowEndsAt: secondsFrom(now, allowance[0].windowSeconds) };
    await manager
      .createQueryBuilder()
      .insert()
      .into(RateLimitCounter)
      .values({ key, ...freshWindow })
      .orIgnore()
      .execute();
    const counter = await this.unitOfWork.findForUpdate(RateLimitCounter, { key });
    this.#refuseIfUsedUp(allowance, counter, now);
    const { count, windowEndsAt } = counter && counter.windowEndsAt > now ? counter : freshWindow;
    await manager.update(RateLimitCounter, { key }, { count: count + 1, windowEndsAt });
  }

  #refuseIfUsedUp(
    [policy]: Allowance,
    counter: RateLimitCounter | null | undefined,
    now: Date,
  ): void {
    if (!counter || counter.count < policy.limit || counter.windowEndsAt <= now) return;
    const milliseconds = counter.windowEndsAt.getTime() - now.getTime();
    throw new CountersignError("RATE_LIMITED", policy.message, {
      retryAfterSeconds: Math.ceil(milliseconds / 1000),
    });
  }
}

function keyOf([policy, ...subject]: Allowance): string {
  return createHash("sha256")
    .update(JSON.stringify([policy.name, ...subject]))
    .digest("base64url");
}
