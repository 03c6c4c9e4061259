import { CountersignError } from "./countersign-error.js";
import type { ClientFieldsFragment, ClientSecretFieldsFragment } from "./generated/types.js";
import type { CallOptions, OperationMethods } from "./methods.js";
import { RotationFailed } from "./rotation-failed.js";
import { SecretNotRepeated } from "./secret-not-repeated.js";

export interface RotateOptions extends CallOptions {
  /**
   * Hands the next secret out to everything that uses the client. When its promise resolves, the rotation is completed
   * and the former secret ends; until then both are valid. When it rejects, the next secret ends.
   */
  distribute: (nextSecret: string, client: ClientFieldsFragment) => unknown;
  /**
   * Called after `distribute`: sees the next secret work where it is used. `true` asks only the server (`verifyClient`),
   * for the project's default audience. When it rejects, the next secret ends.
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

/**
 * Rotates a client's secret in stages. The signal ends it only until everything has the next secret.
 * @throws RotationFailed; CountersignError and ServerUnreachable where it could not be started
 */
export async function rotate(
  management: Methods,
  clientId: string,
  { distribute, verify, ...options }: RotateOptions,
): Promise<ClientFieldsFragment> {
  const { client, nextClientSecret } = await start(management, clientId, options);
  try {
    options.signal?.throwIfAborted();
    await distribute(nextClientSecret, client);
    if (typeof verify === "function") await verify(nextClientSecret, client);
    else if (verify) {
      await management.verifyClient({ clientId, clientSecret: nextClientSecret }, options);
    }
    options.signal?.throwIfAborted();
  } catch (cause) {
    await cancel(management, client, cause);
    const message = `The rotation of ${clientId} is cancelled, since its secret could not be handed out`;
    throw new RotationFailed(clientId, "UNCHANGED", message, [], { cause });
  }
  return complete(management, client);
}

async function start(management: Methods, clientId: string, options: CallOptions) {
  try {
    return await management.startSecretRotation({ clientId }, options);
  } catch (error) {
    if (error instanceof SecretNotRepeated) {
      // The idempotency key was new: the rotation is this one, and nobody has seen its secret.
      const client = await management.client({ clientId }, options);
      if (client) await cancel(management, client, error);
      return management.startSecretRotation({ clientId }, options);
    }
    if (!(error instanceof CountersignError && error.code === "ROTATION_ALREADY_STARTED"))
      throw error;
    throw alreadyStarted(await management.client({ clientId }, options), clientId, error);
  }
}

function alreadyStarted(
  client: ClientFieldsFragment | null,
  clientId: string,
  cause: CountersignError,
): RotationFailed {
  const next = client && nextSecret(client);
  if (next) {
    const message = `A rotation of ${clientId} is under way since ${next.createdAt}, and its secret is not shown again: completeSecretRotation if everything has it, else cancelSecretRotation and rotate`;
    const nextCalls = ["completeSecretRotation", "cancelSecretRotation"] as const;
    return new RotationFailed(clientId, "STARTED", message, nextCalls, { cause });
  }
  const message = `The previous secret of ${clientId} is still valid: rotate after its end, or revokePreviousSecret once nothing uses it`;
  return new RotationFailed(clientId, "OVERLAP", message, ["revokePreviousSecret"], { cause });
}

/** @throws RotationFailed */
async function cancel(
  management: Methods,
  started: ClientFieldsFragment,
  cause: unknown,
): Promise<void> {
  const { clientId } = started;
  for (let attempt = 1; ; attempt++) {
    const client = await management.client({ clientId }).catch(() => undefined);
    if (client !== undefined && !isUnderWay(client, started)) return;
    if (attempt > (client ? ATTEMPTS : 1)) {
      const message = `The secret of ${clientId} could not be handed out, nor the rotation be cancelled: cancelSecretRotation`;
      const state = client ? "STARTED" : "UNKNOWN";
      throw new RotationFailed(clientId, state, message, ["cancelSecretRotation"], { cause });
    }
    try {
      await management.cancelSecretRotation({ clientId });
      return;
    } catch {}
  }
}

/** @throws RotationFailed */
async function complete(
  management: Methods,
  started: ClientFieldsFragment,
): Promise<ClientFieldsFragment> {
  const { clientId } = started;
  let cause: unknown;
  for (let attempt = 1; ; attempt++) {
    const client = await management.client({ clientId }).catch(() => undefined);
    if (client && isCompleted(client, started)) return client;
    const mayComplete = client === undefined || isUnderWay(client, started);
    if (!mayComplete || attempt > (client ? ATTEMPTS : 1)) {
      const message = mayComplete
        ? `Everything has the next secret of ${clientId}, but the rotation could not be completed: completeSecretRotation`
        : `Everything has the next secret of ${clientId}, but somebody has ended it: rotate again`;
      const state = client === undefined ? "UNKNOWN" : mayComplete ? "STARTED" : "UNCHANGED";
      const nextCalls = mayComplete ? (["completeSecretRotation"] as const) : [];
      throw new RotationFailed(clientId, state, message, nextCalls, { cause });
    }
    try {
      return (await management.completeSecretRotation({ clientId })).client;
    } catch (error) {
      cause = error;
    }
  }
}

/**
 * Completion and cancellation name no rotation: before each, and after a lost answer, the client's secrets tell whether
 * it is this one.
 */
const ATTEMPTS = 3;

const nextSecret = ({ secrets }: ClientFieldsFragment) =>
  secrets.find(({ status }) => status === "NEXT");

function isUnderWay(client: ClientFieldsFragment | null, started: ClientFieldsFragment): boolean {
  return client !== null && isSame(nextSecret(client), nextSecret(started));
}

function isCompleted(client: ClientFieldsFragment, started: ClientFieldsFragment): boolean {
  const current = client.secrets.find(({ status }) => status === "CURRENT");
  return isSame(current, nextSecret(started));
}

function isSame(
  secret: ClientSecretFieldsFragment | undefined,
  other: ClientSecretFieldsFragment | undefined,
): boolean {
  return secret?.createdAt === other?.createdAt && secret?.lastFour === other?.lastFour;
}
