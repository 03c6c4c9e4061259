import { Arg, Authorized, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { Client } from "./client.entity.js";
import { ClientType } from "./client.payloads.js";
import {
  CancelSecretRotationInput,
  CompleteSecretRotationInput,
  RevokePreviousSecretInput,
  RotateSecretInput,
  StartSecretRotationInput,
} from "./client-secret.inputs.js";
import {
  CancelSecretRotationPayload,
  ClientSecretType,
  CompleteSecretRotationPayload,
  RevokePreviousSecretPayload,
  RotateSecretPayload,
  StartSecretRotationPayload,
} from "./client-secret.payloads.js";
import type { ClientSecretStore } from "./client-secret-store.js";
import type { SecretRotation } from "./secret-rotation.js";

/** The secrets of a client, and the GraphQL operations that rotate them. */
@Resolver(() => ClientType)
export class ClientSecretResolver {
  constructor(
    private readonly rotation: SecretRotation,
    private readonly store: ClientSecretStore,
  ) {}

  @FieldResolver(() => [ClientSecretType], {
    description:
      "The valid secrets, the current one first; at most two, and none for a client that has only keys.",
  })
  secrets(@Root() client: Client) {
    return this.store.listValid(client);
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Mutation(() => RotateSecretPayload, {
    description:
      "Makes a new current secret; the former one stays valid for `overlapSeconds` and then ends by itself. Refused while the client has a next or previous secret.",
  })
  @Throws(
    "CLIENT_NOT_FOUND",
    "IDEMPOTENCY_CONFLICT",
    "INSECURE_CLIENT_SECRET",
    "ROTATION_ALREADY_STARTED",
  )
  rotateSecret(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RotateSecretInput, { description: "The client, and the new secret." })
    input: RotateSecretInput,
  ) {
    return this.rotation.rotate(caller, input);
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Mutation(() => StartSecretRotationPayload, {
    description:
      "Adds a next secret; it and the current one are both valid until the rotation is completed or cancelled. Refused while the client has a next or previous secret.",
  })
  @Throws(
    "CLIENT_NOT_FOUND",
    "IDEMPOTENCY_CONFLICT",
    "INSECURE_CLIENT_SECRET",
    "ROTATION_ALREADY_STARTED",
  )
  async startSecretRotation(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => StartSecretRotationInput, {
      description: "The client, and the next secret.",
    })
    input: StartSecretRotationInput,
  ) {
    const { client, clientSecret } = await this.rotation.start(caller, input);
    return { client, nextClientSecret: clientSecret };
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Mutation(() => CompleteSecretRotationPayload, {
    description: "Makes the next secret the current one; the former one ends at once.",
  })
  @Throws("CLIENT_NOT_FOUND", "ROTATION_NOT_STARTED")
  async completeSecretRotation(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CompleteSecretRotationInput, { description: "The client." })
    input: CompleteSecretRotationInput,
  ) {
    return { client: await this.rotation.complete(caller, input) };
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Mutation(() => CancelSecretRotationPayload, {
    description: "Ends the next secret; the current one stays valid.",
  })
  @Throws("CLIENT_NOT_FOUND", "ROTATION_NOT_STARTED")
  async cancelSecretRotation(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CancelSecretRotationInput, { description: "The client." })
    input: CancelSecretRotationInput,
  ) {
    return { client: await this.rotation.cancel(caller, input) };
  }

  @Authorized<Requirement>("clients:write", "own_clients:write")
  @Mutation(() => RevokePreviousSecretPayload, {
    description: "Ends the previous secret before its overlap does.",
  })
  @Throws("CLIENT_NOT_FOUND", "ROTATION_NOT_STARTED")
  async revokePreviousSecret(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RevokePreviousSecretInput, { description: "The client." })
    input: RevokePreviousSecretInput,
  ) {
    return { client: await this.rotation.revokePrevious(caller, input) };
  }
}
