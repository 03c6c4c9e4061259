import { TokenRequestError } from "./token-request-error.js";

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 8_000;

/**
 * Repeats what fails for the moment: exponential back-off with jitter, and not before `Retry-After`.
 * @param withinMs the last attempt begins before this time has passed
 */
export async function withRetries<T>(attempt: () => Promise<T>, withinMs: number): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TokenRequestError && error.retryable)) throw error;
      const backOffMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (number - 1));
      const delayMs = Math.max(
        backOffMs * (0.5 + Math.random()),
        (error.retryAfterSeconds ?? 0) * 1000,
      );
      if (performance.now() + delayMs > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}

/** A time in which an error is repeated without asking again. It grows with each failure. */
export class Pause {
  #error: unknown;
  #until = 0;
  #failures = 0;

  begin(error: unknown, firstSeconds: number, maximumSeconds: number): void {
    const asked = error instanceof TokenRequestError ? error.retryAfterSeconds : undefined;
    const seconds = asked || Math.min(maximumSeconds, firstSeconds * 2 ** this.#failures);
    this.#failures++;
    this.#error = error;
    this.#until = performance.now() + seconds * 1000;
  }

  get isOver(): boolean {
    return performance.now() >= this.#until;
  }

  get error(): unknown {
    return this.#error;
  }
}
