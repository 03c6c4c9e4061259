import type { MutationName } from "./operations.js";

/**
 * - `UNCHANGED`: the client has the secrets that it had before; the next secret, if there was one, has ended
 * - `STARTED`: the client has a next secret beside the current one, and both are valid
 * - `OVERLAP`: a former rotation has left a previous secret, which is still valid
 * - `UNKNOWN`: the server cannot be reached; `client` tells it by `secrets`
 */
export type RotationState = "UNCHANGED" | "STARTED" | "OVERLAP" | "UNKNOWN";

/** A rotation that did not come to its end. `cause` says why: what `distribute` threw, or the error of the server. */
export class RotationFailed extends Error {
  override readonly name = "RotationFailed";
  readonly code = "ROTATION_FAILED";

  constructor(
    readonly clientId: string,
    /** What it is left in. */
    readonly state: RotationState,
    message: string,
    /** Each of these calls leads out of the state; the message says which one when. */
    readonly nextCalls: readonly MutationName[],
    options: ErrorOptions,
  ) {
    super(message, options);
  }
}
