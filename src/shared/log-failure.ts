import { unavailabilityOf } from "./database-errors.js";
import { describeFailure } from "./describe-failure.js";
import { CountersignError, type ErrorCode } from "./errors.js";

interface Log {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Why a request failed: what an operator needs when somebody asks why a program gets no token. */
export function logFailure(log: Log, error: unknown, facts: object = {}): void {
  const database = unavailabilityOf(error);
  if (database !== null) {
    const code: ErrorCode = "SERVICE_UNAVAILABLE";
    log.error({ ...facts, code, database, error: describeFailure(error) }, "database unavailable");
    return;
  }
  if (!(error instanceof CountersignError)) {
    log.error({ ...facts, error: describeFailure(error) }, "unexpected failure");
    return;
  }
  const { reason, refusal } = error.details;
  const cause = error.cause === undefined ? undefined : describeFailure(error.cause);
  log.info({ ...facts, code: error.code, reason, refusal, cause }, "refused");
}
