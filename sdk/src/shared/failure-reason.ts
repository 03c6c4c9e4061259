/**
 * Why a request got no answer: a code such as `ECONNREFUSED`, or a message. The error itself may hold more than a log
 * should: Node's parser keeps the bytes of an answer that it does not understand.
 */
export function failureReason(error: unknown): string {
  const { message, cause = error } = Object(error) as Error;
  const { code, message: ofCause } = Object(cause) as { code?: unknown; message?: unknown };
  return String(typeof code === "string" ? code : (ofCause ?? message));
}
