import { setImmediate } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { EntityTarget, ObjectLiteral } from "typeorm";
import { AuditEvent } from "./audit/audit-event.entity.js";
import { TOKENS_ISSUED } from "./audit/audit-log.js";
import type { Database } from "./database/data-source.js";
import { ConsumedId } from "./persistence/consumed-id.entity.js";
import { IdempotencyKey } from "./persistence/idempotency-key.entity.js";
import type { UnitOfWork } from "./persistence/unit-of-work.js";
import { RateLimitCounter } from "./rate-limit/rate-limit-counter.entity.js";
import type { Services } from "./services.js";
import { Session } from "./sessions/session.entity.js";
import { type Clock, secondsFrom } from "./shared/clock.js";
import { serializeError } from "./shared/serialize-error.js";
import { PublishedKey } from "./signing-keys/published-key.entity.js";
import { RevokedToken } from "./tokens/revoked-token.entity.js";

const FLUSH_INTERVAL_MS = 5_000;
const SWEEP_INTERVAL_MS = 60_000;
/** Rows per step, so that no step holds up other writes for long. */
const DELETE_BATCH = 500;
/** What clients have got stays for a month; what somebody has changed stays for good. */
const TOKEN_EVENT_RETENTION_SECONDS = 30 * 24 * 3600;
/** Ended sessions stay for a day, for whoever looks into what has happened. */
const ENDED_SESSION_RETENTION_SECONDS = 24 * 3600;

/**
 * Writes what requests did not wait for, deletes what has expired, and rotates keys that are due.
 * @param withHousekeepingLock does what one process does for all that share the database
 */
export function startHousekeeping(
  services: Services,
  clock: Clock,
  log: FastifyBaseLogger,
  withHousekeepingLock: Database["withHousekeepingLock"] = (work) => work(),
) {
  const { unitOfWork, authenticator, managementKeys, tokenAudit, keyRotation } = services;
  const flushTokens = async () => {
    const dropped = await tokenAudit.flush();
    if (dropped > 0)
      log.warn({ lost: dropped }, "too many tokens at once: some have left no audit event");
  };
  let isStopping = false;
  const sweep = singleFlight(async () => {
    const now = clock.now();
    const endedBefore = secondsFrom(now, -ENDED_SESSION_RETENTION_SECONDS);
    const deleteExpiredRows = <Entity extends ObjectLiteral>(
      entity: EntityTarget<Entity>,
      property: keyof Entity & string,
      before: Date,
      extraCondition?: string,
    ) => deleteExpired(unitOfWork, entity, property, before, () => isStopping, extraCondition);
    await deleteExpiredRows(IdempotencyKey, "expiresAt", now);
    await deleteExpiredRows(RateLimitCounter, "windowEndsAt", now);
    await deleteExpiredRows(ConsumedId, "expiresAt", now);
    await deleteExpiredRows(RevokedToken, "expiresAt", now);
    await deleteExpiredRows(PublishedKey, "expiresAt", now);
    await deleteExpiredRows(Session, "expiresAt", endedBefore);
    await deleteExpiredRows(Session, "revokedAt", endedBefore);
    const issuedBefore = secondsFrom(now, -TOKEN_EVENT_RETENTION_SECONDS);
    await deleteExpiredRows(AuditEvent, "occurredAt", issuedBefore, `action = '${TOKENS_ISSUED}'`);
  });
  const logErrors = (task: () => Promise<void>) => () =>
    task().catch((error: unknown) => {
      log.error({ error: serializeError(error) }, "housekeeping failed");
    });
  // One that cannot be written does not keep the others.
  const flush = singleFlight(async () => {
    await logErrors(flushTokens)();
    await logErrors(() => authenticator.lastUsed.flush())();
    await logErrors(() => managementKeys.lastUsed.flush())();
  });
  const runSharedTasks = singleFlight(
    logErrors(() =>
      withHousekeepingLock(async () => {
        await logErrors(() => keyRotation.runSchedule())();
        await logErrors(sweep)();
      }),
    ),
  );
  let lastSharedRun = Promise.resolve();
  const timers = [
    setInterval(flush, FLUSH_INTERVAL_MS),
    setInterval(() => {
      lastSharedRun = runSharedTasks();
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
      await lastSharedRun;
    },
  };
}

/** Whoever wants it done while it is under way waits for that one. */
function singleFlight(task: () => Promise<void>): () => Promise<void> {
  let inFlight: Promise<void> | null = null;
  return () => {
    inFlight ??= task().finally(() => {
      inFlight = null;
    });
    return inFlight;
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
  extraCondition = "1 = 1",
): Promise<void> {
  const { dataSource } = unitOfWork.read;
  const metadata = dataSource.getMetadata(entity);
  const key = metadata.primaryColumns.map(({ databaseName }) => `"${databaseName}"`).join(", ");
  const expiry = metadata.findColumnWithPropertyName(property)?.databaseName;
  // A key may have been given anew since it was selected, so both ask whether it has expired.
  const condition = `${extraCondition} AND "${expiry}" <= :now`;
  // What somebody is giving anew is not waited for: he may wait for another of these rows.
  const lock = dataSource.options.type === "postgres" ? "FOR UPDATE SKIP LOCKED" : "";
  const batch = `SELECT ${key} FROM "${metadata.tableName}" WHERE ${condition} LIMIT ${DELETE_BATCH} ${lock}`;
  while (!isStopping()) {
    const { affected } = await unitOfWork.write((manager) =>
      manager
        .createQueryBuilder()
        .delete()
        .from(entity)
        .where(`${condition} AND (${key}) IN (${batch})`, { now })
        .execute(),
    );
    if ((affected ?? 0) < DELETE_BATCH) return;
    await setImmediate();
  }
}
