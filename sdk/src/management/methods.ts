import type { Operations } from "./generated/operations.js";
import type {
  CreateClientInput,
  RotateSecretInput,
  StartSecretRotationInput,
  TokenEndpointAuthMethod,
} from "./generated/types.js";
import type { Answer, Input, MutationName, QueryName } from "./operations.js";

export interface CallOptions {
  /** Ends the call, its waits and repetitions. It rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** How long an attempt may last; absent: as the client says. */
  timeoutSeconds?: number | undefined;
}

type Query<Q extends QueryName> = object extends Operations[Q]["variables"]
  ? (variables?: Operations[Q]["variables"], options?: CallOptions) => Promise<Answer<Q>>
  : (variables: Operations[Q]["variables"], options?: CallOptions) => Promise<Answer<Q>>;

type Mutation<M extends MutationName> = (
  input: Input<M>,
  options?: CallOptions,
) => Promise<Answer<M>>;

type SecretMethod = Exclude<TokenEndpointAuthMethod, "PRIVATE_KEY_JWT"> | null | undefined;
type Absent = null | undefined;

/** What a mutation answers with depends on who makes the secret. */
interface SecretMutations {
  createClient: {
    (
      input: CreateClientInput & { tokenEndpointAuthMethod?: SecretMethod },
      options?: CallOptions,
    ): Promise<Answer<"createClient"> & { clientSecret: string }>;
    (
      input: CreateClientInput & { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT" },
      options?: CallOptions,
    ): Promise<Answer<"createClient"> & { clientSecret: null }>;
    (input: CreateClientInput, options?: CallOptions): Promise<Answer<"createClient">>;
  };
  rotateSecret: {
    (
      input: RotateSecretInput & { clientSecret?: Absent },
      options?: CallOptions,
    ): Promise<Answer<"rotateSecret"> & { clientSecret: string }>;
    (input: RotateSecretInput, options?: CallOptions): Promise<Answer<"rotateSecret">>;
  };
  startSecretRotation: {
    (
      input: StartSecretRotationInput & { clientSecret?: Absent },
      options?: CallOptions,
    ): Promise<Answer<"startSecretRotation"> & { nextClientSecret: string }>;
    (
      input: StartSecretRotationInput,
      options?: CallOptions,
    ): Promise<Answer<"startSecretRotation">>;
  };
  createManagementKey: (
    input: Input<"createManagementKey">,
    options?: CallOptions,
  ) => Promise<Answer<"createManagementKey"> & { secret: string }>;
  createProject: (
    input: Input<"createProject">,
    options?: CallOptions,
  ) => Promise<Answer<"createProject"> & { secret: string }>;
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
