import { CountersignError } from "./countersign-error.js";
import type { ClientFieldsFragment } from "./generated/types.js";
import type { CallOptions, OperationMethods } from "./methods.js";
import { RotationFailed, type RotationState } from "./rotation-failed.js";
import { SecretNotRepeated } from "./secret-not-repeated.js";

export interface RotateOptions extends CallOptions {
  /**
   * Hands the next secret out to everything that uses the client. The rotation is completed, and the current secret
   * ends, when its promise resolves; until then both are valid. If it rejects, the next secret ends.
   */
  distribute: (nextSecret: string, client: ClientFieldsFragment) => unknown;
  /**
   * Called after `distribute`, to see the next secret work where it is used. `true` only asks the server (`verifyClient`).
   * If it rejects, the next secret ends.
   */
  verify?: true | ((nextSecret: string, client: ClientFieldsFragment) => unknown);
}

type Methods = Pick<
  OperationMethods,
  | "client"
  | "startSecretRotation"
  | "completeSecretRotation"
  | "cancelSecretRotation"
  | "verifyClient"
>;

/** @throws RotationFailed; CountersignError and ServerUnreachable where nothing has been started */
export async function rotate(
  management: Methods,
  clientId: string,
  { distribute, verify, ...options }: RotateOptions,
): Promise<ClientFieldsFragment> {
  const { client, nextClientSecret } = await start(management, clientId, options);
  try {
    await distribute(nextClientSecret, client);
    if (typeof verify === "function") await verify(nextClientSecret, client);
    else if (verify) await management.verifyClient({ clientId, clientSecret: nextClientSecret }, options);
    options.signal?.throwIfAborted();
  } catch (cause) {
    throw await cancelled(management, clientId, nextClientSecret, cause, options);
  }
  return complete(management, clientId, nextClientSecret, options);
}

async function start(management: Methods, clientId: string, options: CallOptions) {
  try {
    return await management.startSecretRotation({ clientId }, options);
  } catch (error) {
    if (error instanceof SecretNotRepeated) {
      // The key of the call was new: this rotation is ours, and nobody has seen its secret.
      await management.cancelSecretRotation({ clientId }, options);
      return management.startSecretRotation({ clientId }, options);
    }
    const isUnderWay = error instanceof CountersignError && error.code === "ROTATION_ALREADY_STARTED";
    if (!isUnderWay) throw error;
    throw alreadyStarted(await management.client({ clientId }, options), clientId, error);
  }
}

function alreadyStarted(
  client: ClientFieldsFragment | null,
  clientId: string,
  cause: CountersignError,
): RotationFailed {
  const next = client?.secrets.find(({ status }) => status === "NEXT");
  if (next) {
    const message = `A rotation of ${clientId} is under way since ${next.createdAt}, and its secret is not shown again: completeSecretRotation if all have it, else cancelSecretRotation, then rotate`;
    const nextCalls = ["completeSecretRotation", "cancelSecretRotation"] as const;
    return new RotationFailed(clientId, "STARTED", message, nextCalls, { cause });
  }
  const previous = client?.secrets.find(({ status }) => status === "PREVIOUS");
  const end = previous?.expiresAt ? `ends at ${previous.expiresAt}` : "is still valid";
  const message = `The previous secret of ${clientId} ${end}: rotate after that, or revokePreviousSecret once nobody uses it`;
  return new RotationFailed(clientId, "OVERLAP", message, ["revokePreviousSecret"], { cause });
}

/** Ends the next secret, also when the signal has ended the rotation. */
async function cancelled(
  management: Methods,
  clientId: string,
  nextSecret: string,
  cause: unknown,
  { timeoutSeconds }: CallOptions,
): Promise<RotationFailed> {
  const options = { timeoutSeconds };
  let state: RotationState;
  try {
    await management.cancelSecretRotation({ clientId }, options);
    state = "UNCHANGED";
  } catch {
    state = await stateOf(management, clientId, nextSecret, options);
  }
  const message =
    state === "UNCHANGED"
      ? `The rotation of ${clientId} is cancelled, since its secret could not be handed out`
      : `The secret of ${clientId} could not be handed out, nor the rotation be cancelled: cancelSecretRotation`;
  const nextCalls = state === "UNCHANGED" ? [] : (["cancelSecretRotation"] as const);
  return new RotationFailed(clientId, state, message, nextCalls, { cause });
}

async function complete(
  management: Methods,
  clientId: string,
  nextSecret: string,
  options: CallOptions,
): Promise<ClientFieldsFragment> {
  try {
    return (await management.completeSecretRotation({ clientId }, options)).client;
  } catch (cause) {
    const client = await management.client({ clientId }, options).catch(() => undefined);
    if (client && isCurrent(client, nextSecret)) return client;
    const state = client === undefined ? "UNKNOWN" : hasNext(client) ? "STARTED" : "UNCHANGED";
    const message = `All have the next secret of ${clientId}, but the rotation could not be completed: completeSecretRotation`;
    throw new RotationFailed(clientId, state, message, ["completeSecretRotation"], { cause });
  }
}
