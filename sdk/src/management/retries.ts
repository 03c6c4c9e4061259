import { CountersignError } from "./countersign-error.js";
import { ServerUnreachable } from "./server-unreachable.js";

/** A longer wait is the caller's decision. */
const MAX_WAIT_SECONDS = 30;
const FIRST_WAIT_SECONDS = 0.25;

export interface RetryPolicy {
  /** How often a request is sent again at most. */
  retries: number;
  /** Whether the request may be sent again although an earlier attempt may have taken effect. */
  isRepeatable: boolean;
  signal: AbortSignal | undefined;
}

/**
 * Sends a request until it is answered, with waits that double and have jitter, and are never shorter than the server
 * asks for. What was refused with RATE_LIMITED or was never sent has had no effect, so that everything may be
 * repeated after it. After SERVICE_UNAVAILABLE and a lost answer only what is repeatable is.
 * @param attempt is told its number, and whether an earlier one may have taken effect
 */
export async function withRetries<T>(
  { retries, isRepeatable, signal }: RetryPolicy,
  attempt: (number: number, mayBeRepetition: boolean) => Promise<T>,
): Promise<T> {
  let mayBeRepetition = false;
  for (let number = 1; ; number++) {
    try {
      return await attempt(number, mayBeRepetition);
    } catch (error) {
      const hadEffect = mayHaveTakenEffect(error);
      const wait =
        number <= retries && !(hadEffect && !isRepeatable) ? waitAfter(error, number) : null;
      if (wait === null) throw error;
      mayBeRepetition ||= hadEffect;
      await pause(wait, signal);
    }
  }
}

function mayHaveTakenEffect(error: unknown): boolean {
  if (error instanceof ServerUnreachable) return error.sent;
  return error instanceof CountersignError && error.code === "SERVICE_UNAVAILABLE";
}

/** @returns seconds; null if a repetition has no prospect */
function waitAfter(error: unknown, attempt: number): number | null {
  const isOurs = error instanceof CountersignError || error instanceof ServerUnreachable;
  if (!isOurs || !error.retryable) return null;
  const backoff = FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  const asked = error instanceof CountersignError ? (error.retryAfterSeconds ?? 0) : 0;
  return asked > MAX_WAIT_SECONDS ? null : asked + backoff;
}

/** @throws the reason of the signal */
function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, seconds * 1000);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
}
