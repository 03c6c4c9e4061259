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
  log.info({ ...facts, ...factsOf(error) }, "refused");
}

function factsOf({ code, details, cause }: CountersignError): object {
  const { reason, refusal, limit, clientId } = details;
  const facts = { code, reason, refusal, limit, clientId };
  if (cause === undefined) return facts;
  const why = cause instanceof CountersignError ? factsOf(cause) : describeFailure(cause);
  return { ...facts, cause: why };
}
