import type { FastifyBaseLogger } from "fastify";
import type { ObjectLiteral } from "typeorm";
import { AuditEvent } from "./audit/audit-event.entity.js";
import { ACTIVITY_CONDITIONS } from "./audit/audit-log.js";
import { ClientSecret } from "./clients/client-secret.entity.js";
import type { Database } from "./database/open-database.js";
import { Observation } from "./observations/observation.entity.js";
import { RETENTION_SECONDS } from "./observations/observations.js";
import { TaskObserver } from "./observations/task-observer.js";
import { ConsumedId } from "./persistence/consumed-id.entity.js";
import { deleteExpired, type Expiry } from "./persistence/delete-expired.js";
import { IdempotencyKey } from "./persistence/idempotency-key.entity.js";
import { ProjectIssuer } from "./projects/project-issuer.entity.js";
import { RateLimitCounter } from "./rate-limit/rate-limit-counter.entity.js";
import type { Services } from "./services.js";
import { Session } from "./sessions/session.entity.js";
import { NOT_EXCHANGED, shortenLineages } from "./sessions/session-lineage.js";
import { type Clock, earliestElsewhere, hasEnded, secondsFrom } from "./shared/clock.js";
import { serializeError } from "./shared/serialize-error.js";
import { PublishedKey } from "./signing-keys/published-key.entity.js";
import { RevokedToken } from "./tokens/revoked-token.entity.js";
import { ClientUsage } from "./usage/client-usage.entity.js";

const FLUSH_INTERVAL_MS = 5_000;
const SWEEP_INTERVAL_MS = 60_000;
/** What the server depends on is probed once in so many seconds, and soon after a start. */
const PROBE_INTERVAL_SECONDS = 3600;
/**
 * Audit events of issued tokens, verified clients, and what members do with their sessions. Those of other changes
 * stay for ever.
 */
const DEFAULT_ACTIVITY_RETENTION_DAYS = 30;
/** Ended sessions stay for a day, so that operators can investigate them. */
const ENDED_SESSION_RETENTION_SECONDS = 24 * 3600;

/**
 * Writes facts that requests did not wait for, deletes expired rows, and rotates keys that are due.
 * @param withHousekeepingLock runs tasks that one process does for all processes of the database
 * @param activityRetentionDays the setting ACTIVITY_RETENTION_DAYS
 */
export function startHousekeeping(
  services: Services,
  clock: Clock,
  log: FastifyBaseLogger,
  withHousekeepingLock: Database["withHousekeepingLock"] = (work) => work(),
  activityRetentionDays = DEFAULT_ACTIVITY_RETENTION_DAYS,
) {
  const {
    unitOfWork,
    authenticator,
    managementKeyAuthenticator,
    sessionAuthenticator,
    longTokens,
    tokenAudit,
    usageRecorder,
    keyRotation,
    algorithmChange,
    observations,
    metrics,
    probes,
  } = services;
  let nextProbe = clock.now();
  const stopping = new AbortController();
  const taskObserver = new TaskObserver(observations, clock);
  const logErrors = (name: string, task: () => Promise<void>) => () =>
    task().then(
      () => {
        taskObserver.succeeded(name);
        metrics.taskSucceeded(name, clock.now());
      },
      (error: unknown) => {
        metrics.taskFailed(name);
        taskObserver.failed(name);
        log.error({ task: name, error: serializeError(error) }, "housekeeping failed");
      },
    );

  const flushTokens = async () => {
    const dropped = await tokenAudit.flush();
    metrics.auditEventsLost(dropped);
    if (dropped > 0)
      log.warn(
        { lost: dropped },
        "tokens were issued too fast to record them all: some have no audit event",
      );
  };
  const warnOfLongTokens = () => {
    for (const { length, ...token } of longTokens.take()) {
      log.warn(
        { ...token, characters: length },
        "a token is longer than many servers accept in a header: grant or request fewer scopes, a wildcard for several, or shorter claims",
      );
    }
  };
  const flush = singleFlight(async () => {
    warnOfLongTokens();
    await logErrors("recording tokens", flushTokens)();
    await logErrors("recording usage", () => usageRecorder.flush())();
    const { lastUsed, secretLastUsed, verifiedSecrets } = authenticator;
    await logErrors("recording uses of clients", () => lastUsed.flush())();
    await logErrors("recording uses of secrets", () => secretLastUsed.flush())();
    await logErrors("recording verified secrets", () => verifiedSecrets.flush())();
    await logErrors("recording uses of sessions", () =>
      sessionAuthenticator.lastAccessed.flush(),
    )();
    await logErrors("recording uses of keys", () => managementKeyAuthenticator.lastUsed.flush())();
    await logErrors("recording observations", () => observations.flush())();
  });

  const sweep = singleFlight(async () => {
    const now = clock.now();
    const endedBefore = secondsFrom(now, -ENDED_SESSION_RETENTION_SECONDS);
    const activeBefore = secondsFrom(now, -activityRetentionDays * 24 * 3600);
    const remove = <Entity extends ObjectLiteral>(expiry: Expiry<Entity>) =>
      deleteExpired(unitOfWork, expiry, stopping.signal);
    // A process whose clock is behind may still accept what has ended here (ADR 0023).
    const before = earliestElsewhere(now);
    await remove({ entity: IdempotencyKey, property: "expiresAt", before });
    await remove({ entity: RateLimitCounter, property: "windowEndsAt", before });
    await remove({ entity: ConsumedId, property: "expiresAt", before });
    await remove({ entity: RevokedToken, property: "expiresAt", before });
    await remove({ entity: ClientSecret, property: "expiresAt", before });
    await remove({ entity: PublishedKey, property: "expiresAt", before });
    await remove({ entity: ProjectIssuer, property: "endsAt", before });
    const observedBefore = secondsFrom(now, -RETENTION_SECONDS);
    await remove({ entity: Observation, property: "observedAt", before: observedBefore });
    const shorten = () => unitOfWork.write((manager) => shortenLineages(manager, endedBefore));
    while (!stopping.signal.aborted && (await shorten()));
    for (const property of ["expiresAt", "revokedAt"] as const) {
      await remove({ entity: Session, property, before: endedBefore, condition: NOT_EXCHANGED });
    }
    await remove({ entity: ClientUsage, property: "hour", before: activeBefore });
    for (const condition of ACTIVITY_CONDITIONS) {
      await remove({
        entity: AuditEvent,
        property: "occurredAt",
        before: activeBefore,
        condition,
      });
    }
  });
  const probe = async () => {
    const now = clock.now();
    if (!hasEnded(nextProbe, now, PROBE_INTERVAL_SECONDS)) return;
    await probes.run(stopping.signal);
    nextProbe = secondsFrom(now, PROBE_INTERVAL_SECONDS);
  };
  const runLocked = logErrors("locking the housekeeping", () =>
    withHousekeepingLock(async () => {
      await logErrors("changing algorithms", () => algorithmChange.runSchedule())();
      await logErrors("rotating signing keys", () => keyRotation.runSchedule())();
      await logErrors("deleting what has expired", sweep)();
    }),
  );
  const runSharedTasks = singleFlight(async () => {
    await runLocked();
    // The lock is a transaction, which must not wait for the network.
    await logErrors("probing domains and key sets", probe)();
  });

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
      stopping.abort();
      // The first call may join a flush that began before the last requests. The second writes their facts.
      await flush();
      await flush();
      await lastSharedRun;
    },
  };
}

/** Makes concurrent calls share one run of the task. */
function singleFlight(task: () => Promise<void>): () => Promise<void> {
  let inFlight: Promise<void> | null = null;
  return () => {
    inFlight ??= task().finally(() => {
      inFlight = null;
    });
    return inFlight;
  };
}
