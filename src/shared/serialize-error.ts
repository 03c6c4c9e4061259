import { CountersignError } from "./errors.js";
import { InternalError } from "./internal-error.js";

/**
 * Converts an unexpected error for the log: class, code and stack. Omits the message, which may contain
 * values, except for error classes whose messages never do.
 */
export function serializeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } =
    (error as { driverError?: { code?: unknown } }).driverError ?? (error as { code?: unknown });
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const isPublic = error instanceof InternalError || error instanceof CountersignError;
  const message = isPublic ? error.message : undefined;
  return { type: error.name, message, code, stack: frames.join("\n") };
}
