/**
 * - `CONNECTION_FAILED`: no connection, or it broke
 * - `TIMEOUT`: no whole answer in time
 * - `UNREADABLE_ANSWER`: what answers is no GraphQL server, or its answer is too long
 */
export type UnreachableCode = "CONNECTION_FAILED" | "TIMEOUT" | "UNREADABLE_ANSWER";

/** No answer of the server came. Unless `sent` is false, a mutation may have taken effect all the same. */
export class ServerUnreachable extends Error {
  override readonly name = "ServerUnreachable";
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;

  /** The name of the operation, such as `createClient`. */
  readonly operation: string;
  /** How often the request was tried. */
  readonly attempts: number;
  /** Whether the request may have reached the server. */
  readonly sent: boolean;

  constructor(
    readonly code: UnreachableCode,
    message: string,
    details: { operation: string; attempts: number; sent: boolean },
  ) {
    super(message);
    this.operation = details.operation;
    this.attempts = details.attempts;
    this.sent = details.sent;
    this.retryable = code !== "UNREADABLE_ANSWER";
  }
}
