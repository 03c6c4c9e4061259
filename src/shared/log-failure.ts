import { describeFailure } from "./describe-failure.js";
import { CountersignError } from "./errors.js";

interface Log {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Why a request failed: what an operator needs when somebody asks why a program gets no token. */
export function logFailure(log: Log, error: unknown, facts: object = {}): void {
  if (!(error instanceof CountersignError)) {
    log.error({ ...facts, error: describeFailure(error) }, "unexpected failure");
    return;
  }
  const { reason, refusal } = error.details;
  const cause = error.cause === undefined ? undefined : describeFailure(error.cause);
  log.info({ ...facts, code: error.code, reason, refusal, cause }, "refused");
}
