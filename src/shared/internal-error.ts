/**
 * An error with a message for operators. The message reaches the log, so it must not contain values. Callers
 * receive INTERNAL_SERVER_ERROR unless the code that catches it says something else.
 */
export class InternalError extends Error {
  override readonly name: string = "InternalError";
}
