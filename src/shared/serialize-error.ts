import { CountersignError } from "./errors.js";
import { InternalError } from "./internal-error.js";

/**
 * An unexpected failure for the log: class, code and stack. Not the message, which may quote values,
 * unless it is known not to.
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
