import { createHash } from "node:crypto";
import { MoreThan } from "typeorm";
import { type Clock, secondsFrom } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import type { RateLimitPolicy } from "./policies.js";
import { RateLimitCounter } from "./rate-limit-counter.entity.js";

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
   * Counts one event.
   * @throws RATE_LIMITED when the allowance had been used up before it
   */
  async count(policy: RateLimitPolicy, ...subject: string[]): Promise<void> {
    const key = keyOf(policy, subject);
    const now = this.clock.now();
    // A flood that is over its limit is told so without a write, each of which others wait for.
    const known = await this.unitOfWork.read.findOneBy(RateLimitCounter, { key });
    if (known && known.windowEndsAt > now && known.count > policy.limit) {
      this.#refuse(policy, known.windowEndsAt);
    }
    const counter = await this.unitOfWork.write(async (manager) => {
      await manager
        .createQueryBuilder()
        .insert()
        .into(RateLimitCounter)
        .values({ key, count: 0, windowEndsAt: secondsFrom(now, policy.windowSeconds) })
        .orIgnore()
        .execute();
      const current = await this.unitOfWork.findForUpdate(RateLimitCounter, { key });
      const live = current && current.windowEndsAt > now ? current : null;
      const next = {
        count: (live?.count ?? 0) + 1,
        windowEndsAt: live?.windowEndsAt ?? secondsFrom(now, policy.windowSeconds),
      };
      await manager.update(RateLimitCounter, { key }, next);
      return next;
    });
    if (counter.count > policy.limit) this.#refuse(policy, counter.windowEndsAt);
  }

  /** Takes one event back that was counted before it was known to be harmless. */
  async refund(policy: RateLimitPolicy, ...subject: string[]): Promise<void> {
    await this.unitOfWork.write((manager) =>
      manager.decrement(
        RateLimitCounter,
        { key: keyOf(policy, subject), count: MoreThan(0) },
        "count",
        1,
      ),
    );
  }

  #refuse(policy: RateLimitPolicy, end: Date): void {
    const seconds = Math.ceil((end.getTime() - this.clock.now().getTime()) / 1000);
    if (seconds <= 0) return;
    throw new CountersignError("RATE_LIMITED", policy.message, { retryAfterSeconds: seconds });
  }
}

function keyOf(policy: RateLimitPolicy, subject: string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([policy.name, ...subject]))
    .digest("base64url");
}
