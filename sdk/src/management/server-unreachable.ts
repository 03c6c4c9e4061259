/**
 * - `CONNECTION_FAILED`: no connection, or it broke
 * - `TIMEOUT`: no whole answer in time
 * - `UNREADABLE_ANSWER`: what answers is no GraphQL server, or its answer is too long
 */
export type UnreachableCode = "CONNECTION_FAILED" | "TIMEOUT" | "UNREADABLE_ANSWER";

/** No answer of the server came. Unless `sent` is false, a mutation may have taken effect all the same. */
export class ServerUnreachable extends Error {
  override readonly name = "ServerUnreachable";
  readonly retryable: boolean;

  constructor(
    readonly code: UnreachableCode,
    message: string,
    /** The name of the operation, such as `createClient`. */
    readonly operation: string,
    /** How often the request was tried. */
    readonly attempts: number,
    /** Whether the request may have reached the server. */
    readonly sent: boolean,
  ) {
    super(message);
    this.retryable = code !== "UNREADABLE_ANSWER";
  }
}
