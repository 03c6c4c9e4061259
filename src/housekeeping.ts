import type { FastifyBaseLogger } from "fastify";
import {
  type EntityTarget,
  type FindOptionsWhere,
  LessThanOrEqual,
  type ObjectLiteral,
} from "typeorm";
import { RateLimitCounter } from "./rate-limit/rate-limit-counter.entity.js";
import type { Services } from "./services.js";
import { Session } from "./sessions/session.entity.js";
import { type Clock, secondsFrom } from "./shared/clock.js";
import { describeFailure } from "./shared/describe-failure.js";
import { IdempotencyKey } from "./shared/idempotency-key.entity.js";
import type { UnitOfWork } from "./shared/unit-of-work.js";
import { UsedMark } from "./shared/used-mark.entity.js";
import { PublishedKey } from "./signing-keys/published-key.entity.js";
import { RevokedToken } from "./tokens/revoked-token.entity.js";

const USAGE_INTERVAL_MS = 5_000;
const SWEEP_INTERVAL_MS = 60_000;
/** Rows per step, so that no step holds up other writes for long. */
const SWEEP_STEP = 500;
/** Ended sessions stay for a day, for whoever looks into what has happened. */
const ENDED_SESSION_KEPT_SECONDS = 24 * 3600;

/** Writes times of last use, and deletes what has expired. */
export function startHousekeeping(services: Services, clock: Clock, log: FastifyBaseLogger) {
  const { unitOfWork, authenticator, managementKeys, keyRotation } = services;
  const flushUsage = async () => {
    await authenticator.usage.flush();
    await managementKeys.usage.flush();
  };
  const sweep = async () => {
    const now = clock.now();
    const longEnded = secondsFrom(now, -ENDED_SESSION_KEPT_SECONDS);
    await deleteExpired(unitOfWork, IdempotencyKey, "expiresAt", now);
    await deleteExpired(unitOfWork, RateLimitCounter, "windowEndsAt", now);
    await deleteExpired(unitOfWork, UsedMark, "expiresAt", now);
    await deleteExpired(unitOfWork, RevokedToken, "expiresAt", now);
    await deleteExpired(unitOfWork, PublishedKey, "expiresAt", now);
    await deleteExpired(unitOfWork, Session, "expiresAt", longEnded);
    await deleteExpired(unitOfWork, Session, "revokedAt", longEnded);
  };
  const guarded = (task: () => Promise<void>) => () =>
    task().catch((error: unknown) => {
      log.error({ error: describeFailure(error) }, "housekeeping failed");
    });
  const timers = [
    setInterval(guarded(flushUsage), USAGE_INTERVAL_MS),
    setInterval(guarded(sweep), SWEEP_INTERVAL_MS),
    setInterval(
      guarded(() => keyRotation.runSchedule()),
      SWEEP_INTERVAL_MS,
    ),
  ];
  for (const timer of timers) timer.unref();
  return {
    flushUsage,
    sweep,
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await guarded(flushUsage)();
    },
  };
}

async function deleteExpired<Entity extends ObjectLiteral>(
  unitOfWork: UnitOfWork,
  entity: EntityTarget<Entity>,
  property: keyof Entity & string,
  now: Date,
): Promise<void> {
  const where = { [property]: LessThanOrEqual(now) } as FindOptionsWhere<Entity>;
  for (;;) {
    const rows = await unitOfWork.read.find(entity, { where, take: SWEEP_STEP });
    if (rows.length === 0) return;
    await unitOfWork.write(async (manager) => {
      const metadata = manager.dataSource.getMetadata(entity);
      for (const row of rows) {
        // the condition again: it may have been renewed since it was read
        await manager.delete(entity, { ...metadata.getEntityIdMap(row), ...where });
      }
    });
  }
}
