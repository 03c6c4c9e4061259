/**
 * Something that should not happen, told to operators: the message reaches the log, so it is written
 * here and quotes no value. Callers get INTERNAL_SERVER_ERROR.
 */
export class InternalError extends Error {
  override readonly name = "InternalError";
}
