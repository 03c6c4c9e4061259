import { setImmediate } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { EntityTarget, ObjectLiteral } from "typeorm";
import { AuditEvent } from "./audit/audit-event.entity.js";
import { TOKENS_ISSUED } from "./audit/audit-log.js";
import type { Database } from "./database/data-source.js";
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

const FLUSH_INTERVAL_MS = 5_000;
const SWEEP_INTERVAL_MS = 60_000;
/** Rows per step, so that no step holds up other writes for long. */
const SWEEP_STEP = 500;
/** What clients have got stays for a month; what somebody has changed stays for good. */
const TOKEN_EVENT_KEPT_SECONDS = 30 * 24 * 3600;
/** Ended sessions stay for a day, for whoever looks into what has happened. */
const ENDED_SESSION_KEPT_SECONDS = 24 * 3600;

/**
 * Writes what requests did not wait for, deletes what has expired, and rotates keys that are due.
 * @param inOneProcess does what one process does for all that share the database
 */
export function startHousekeeping(
  services: Services,
  clock: Clock,
  log: FastifyBaseLogger,
  inOneProcess: Database["inOneProcess"] = (work) => work(),
) {
  const { unitOfWork, authenticator, managementKeys, tokenAudit, keyRotation } = services;
  const flushTokens = async () => {
    const lost = await tokenAudit.flush();
    if (lost > 0) log.warn({ lost }, "too many tokens at once: some have left no audit event");
  };
  let isStopping = false;
  const sweep = joined(async () => {
    const now = clock.now();
    const longEnded = secondsFrom(now, -ENDED_SESSION_KEPT_SECONDS);
    const sweepOf = <Entity extends ObjectLiteral>(
      entity: EntityTarget<Entity>,
      property: keyof Entity & string,
      before: Date,
      also?: string,
    ) => deleteExpired(unitOfWork, entity, property, before, () => isStopping, also);
    await sweepOf(IdempotencyKey, "expiresAt", now);
    await sweepOf(RateLimitCounter, "windowEndsAt", now);
    await sweepOf(UsedMark, "expiresAt", now);
    await sweepOf(RevokedToken, "expiresAt", now);
    await sweepOf(PublishedKey, "expiresAt", now);
    await sweepOf(Session, "expiresAt", longEnded);
    await sweepOf(Session, "revokedAt", longEnded);
    const longIssued = secondsFrom(now, -TOKEN_EVENT_KEPT_SECONDS);
    await sweepOf(AuditEvent, "occurredAt", longIssued, `action = '${TOKENS_ISSUED}'`);
  });
  const guarded = (task: () => Promise<void>) => () =>
    task().catch((error: unknown) => {
      log.error({ error: describeFailure(error) }, "housekeeping failed");
    });
  // One that cannot be written does not keep the others.
  const flush = joined(async () => {
    await guarded(flushTokens)();
    await guarded(() => authenticator.usage.flush())();
    await guarded(() => managementKeys.usage.flush())();
  });
  const serveAll = joined(
    guarded(() =>
      inOneProcess(async () => {
        await guarded(() => keyRotation.runSchedule())();
        await guarded(sweep)();
      }),
    ),
  );
  let lastService = Promise.resolve();
  const timers = [
    setInterval(flush, FLUSH_INTERVAL_MS),
    setInterval(() => {
      lastService = serveAll();
    }, SWEEP_INTERVAL_MS),
  ];
  for (const timer of timers) timer.unref();
  return {
    flush,
    sweep,
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      isStopping = true;
      // What is under way may have begun before the last requests.
      await flush();
      await flush();
      await lastService;
    },
  };
}

/** Whoever wants it done while it is under way waits for that one. */
function joined(task: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | null = null;
  return () => {
    underWay ??= task().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

/**
 * Deletes by key, a step at a time. Other requests get their turn between the steps, on SQLite
 * too, whose driver never waits.
 */
async function deleteExpired<Entity extends ObjectLiteral>(
  unitOfWork: UnitOfWork,
  entity: EntityTarget<Entity>,
  property: keyof Entity & string,
  now: Date,
  isStopping: () => boolean,
  also = "1 = 1",
): Promise<void> {
  const { dataSource } = unitOfWork.read;
  const metadata = dataSource.getMetadata(entity);
  const key = metadata.primaryColumns.map(({ databaseName }) => `"${databaseName}"`).join(", ");
  const expiry = metadata.findColumnWithPropertyName(property)?.databaseName;
  // A key may have been given anew since it was selected, so both ask whether it has expired.
  const condition = `${also} AND "${expiry}" <= :now`;
  // What somebody is giving anew is not waited for: he may wait for another of these rows.
  const lock = dataSource.options.type === "postgres" ? "FOR UPDATE SKIP LOCKED" : "";
  const step = `SELECT ${key} FROM "${metadata.tableName}" WHERE ${condition} LIMIT ${SWEEP_STEP} ${lock}`;
  while (!isStopping()) {
    const { affected } = await unitOfWork.write((manager) =>
      manager
        .createQueryBuilder()
        .delete()
        .from(entity)
        .where(`${condition} AND (${key}) IN (${step})`, { now })
        .execute(),
    );
    if ((affected ?? 0) < SWEEP_STEP) return;
    await setImmediate();
  }
}
