import type { Operations } from "./generated/operations.js";
import type {
  CreateClientInput,
  CreateManagementKeyInput,
  CreateProjectInput,
  RotateSecretInput,
  StartSecretRotationInput,
  TokenEndpointAuthMethod,
} from "./generated/types.js";
import type { Answer, Input, MutationName, QueryName } from "./operations.js";

export interface CallOptions {
  /** Ends the call, its waits and repetitions. It rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** How long an attempt may last. Default: the client's. */
  timeoutSeconds?: number | undefined;
}

type Query<Q extends QueryName> =
  Record<never, never> extends Operations[Q]["variables"]
    ? (variables?: Operations[Q]["variables"], options?: CallOptions) => Promise<Answer<Q>>
    : (variables: Operations[Q]["variables"], options?: CallOptions) => Promise<Answer<Q>>;

type Mutation<M extends MutationName> = (
  input: Input<M>,
  options?: CallOptions,
) => Promise<Answer<M>>;

/** The payload of a mutation that shows a secret once, in this field. */
type Shown<M extends MutationName, Field extends string, Secret> = Omit<Answer<M>, Field> & {
  [F in Field]: Secret;
};

type OwnSecret = string | null | undefined;

/** What a mutation shows depends on who makes the secret. */
interface SecretMutations {
  createClient: <Method extends TokenEndpointAuthMethod | null | undefined = undefined>(
    input: CreateClientInput & { tokenEndpointAuthMethod?: Method },
    options?: CallOptions,
  ) => Promise<
    Shown<"createClient", "clientSecret", Method extends "PRIVATE_KEY_JWT" ? null : string>
  >;
  rotateSecret: <Own extends OwnSecret = undefined>(
    input: RotateSecretInput & { clientSecret?: Own },
    options?: CallOptions,
  ) => Promise<Shown<"rotateSecret", "clientSecret", Own extends string ? null : string>>;
  startSecretRotation: <Own extends OwnSecret = undefined>(
    input: StartSecretRotationInput & { clientSecret?: Own },
    options?: CallOptions,
  ) => Promise<
    Shown<"startSecretRotation", "nextClientSecret", Own extends string ? null : string>
  >;
  createManagementKey: (
    input: CreateManagementKeyInput,
    options?: CallOptions,
  ) => Promise<Shown<"createManagementKey", "secret", string>>;
  createProject: (
    input: CreateProjectInput,
    options?: CallOptions,
  ) => Promise<Shown<"createProject", "secret", string>>;
}

/**
 * A method for each operation of the API. A mutation takes its `input` and answers with its payload. A query takes its
 * variables and answers with its field, which is null where there is no such object.
 */
export type OperationMethods = {
  [O in keyof Operations]: O extends keyof SecretMutations
    ? SecretMutations[O]
    : O extends MutationName
      ? Mutation<O>
      : O extends QueryName
        ? Query<O>
        : never;
};
