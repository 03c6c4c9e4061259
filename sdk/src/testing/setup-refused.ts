/** The server would not store this setup, or not issue this token. The message is the server's own sentence. */
export class SetupRefused extends Error {
  override readonly name = "SetupRefused";

  constructor(
    /** One of the server's error codes, such as `BAD_USER_INPUT`. */
    readonly code: string,
    message: string,
    /** The input with the problem, such as `["scopes", 0]`. */
    readonly path: readonly (string | number)[],
  ) {
    super(message);
  }
}
