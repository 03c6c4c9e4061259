import type { Answer, MutationName } from "./operations.js";

/** Mutations that show a secret once. */
export type SecretOperation = Extract<
  MutationName,
  "createClient" | "rotateSecret" | "startSecretRotation" | "createManagementKey" | "createProject"
>;

/**
 * A mutation took effect at an earlier attempt or call with the same idempotency key, and its answer with the secret
 * was lost. The server keeps no secret that it could show again.
 *
 * @example
 * try {
 *   await management.createClient({ scopes: ["read:users"] });
 * } catch (error) {
 *   if (!(error instanceof SecretNotRepeated) || !error.clientId) throw error;
 *   // the client exists, and nobody has its secret
 *   const { clientSecret } = await management.rotateSecret({ clientId: error.clientId, overlapSeconds: 0 });
 * }
 */
export class SecretNotRepeated extends Error {
  override readonly name = "SecretNotRepeated";
  readonly code = "SECRET_NOT_REPEATED";
  readonly clientId: string | undefined;
  readonly managementKeyId: string | undefined;
  readonly projectId: string | undefined;

  constructor(
    readonly operation: SecretOperation,
    id: { clientId?: string; managementKeyId?: string; projectId?: string },
    /** The calls that lead to another secret, in their order. */
    readonly nextCalls: readonly MutationName[],
  ) {
    super(
      `${operation} has taken effect on ${Object.values(id).join()}, and its secret is shown only once: call ${nextCalls.join(", then ")}`,
    );
    this.clientId = id.clientId;
    this.managementKeyId = id.managementKeyId;
    this.projectId = id.projectId;
  }
}

interface ShownSecret<M extends SecretOperation> {
  secret(answer: Answer<M>): string | null;
  /** Whether the server makes a secret for this input. */
  isMade(input: { [field: string]: unknown }): boolean;
  notRepeated(answer: Answer<M>, input: { [field: string]: unknown }): SecretNotRepeated;
}

const SHOWN: { readonly [M in SecretOperation]: ShownSecret<M> } = {
  createClient: {
    secret: ({ clientSecret }) => clientSecret,
    isMade: ({ tokenEndpointAuthMethod }) => tokenEndpointAuthMethod !== "PRIVATE_KEY_JWT",
    notRepeated: ({ client: { clientId } }) =>
      new SecretNotRepeated("createClient", { clientId }, ["rotateSecret"]),
  },
  rotateSecret: {
    secret: ({ clientSecret }) => clientSecret,
    isMade: hasNoSecret,
    notRepeated: ({ client: { clientId } }, { overlapSeconds }) =>
      new SecretNotRepeated(
        "rotateSecret",
        { clientId },
        overlapSeconds === 0 ? ["rotateSecret"] : ["revokePreviousSecret", "rotateSecret"],
      ),
  },
  startSecretRotation: {
    secret: ({ nextClientSecret }) => nextClientSecret,
    isMade: hasNoSecret,
    notRepeated: ({ client: { clientId } }) =>
      new SecretNotRepeated("startSecretRotation", { clientId }, [
        "cancelSecretRotation",
        "startSecretRotation",
      ]),
  },
  createManagementKey: {
    secret: ({ secret }) => secret,
    isMade: () => true,
    notRepeated: ({ managementKey: { managementKeyId } }) =>
      new SecretNotRepeated("createManagementKey", { managementKeyId }, [
        "deleteManagementKey",
        "createManagementKey",
      ]),
  },
  createProject: {
    secret: ({ secret }) => secret,
    isMade: () => true,
    notRepeated: ({ project: { projectId } }) =>
      new SecretNotRepeated("createProject", { projectId }, ["deleteProject", "createProject"]),
  },
};

function hasNoSecret({ clientSecret }: { [field: string]: unknown }): boolean {
  return clientSecret === undefined || clientSecret === null;
}

/** @throws SecretNotRepeated for the answer to a repetition, which lacks the secret */
export function assertSecretShown(mutation: MutationName, input: object, answer: unknown): void {
  if (!Object.hasOwn(SHOWN, mutation)) return;
  const shown = SHOWN[mutation as SecretOperation] as ShownSecret<SecretOperation>;
  const payload = answer as Answer<SecretOperation>;
  const fields = input as { [field: string]: unknown };
  if (shown.secret(payload) === null && shown.isMade(fields)) {
    throw shown.notRepeated(payload, fields);
  }
}
