/**
 * An unexpected error with a message for operators. The message reaches the log, so it must not contain
 * values. Callers receive INTERNAL_SERVER_ERROR.
 */
export class InternalError extends Error {
  override readonly name = "InternalError";
}
