import { Arg, Authorized, Mutation, Resolver } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import {
  CancelSecretRotationInput,
  RotateSecretInput,
  StartSecretRotationInput,
} from "./client.inputs.js";
import {
  CancelSecretRotationPayload,
  RotateSecretPayload,
  StartSecretRotationPayload,
} from "./client.payloads.js";
import type { SecretRotation } from "./secret-rotation.js";

/** GraphQL operations that rotate client secrets. */
@Resolver()
export class SecretRotationResolver {
  constructor(private readonly rotation: SecretRotation) {}

  @Authorized<Requirement>("clients:write")
  @Mutation(() => StartSecretRotationPayload, {
    description:
      "Adds a next secret; it and the current one are both valid until the rotation ends.",
  })
  async startSecretRotation(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => StartSecretRotationInput, { description: "The client." })
    input: StartSecretRotationInput,
  ) {
    const { client, clientSecret } = await this.rotation.start(caller, input);
    return { client, nextClientSecret: clientSecret };
  }

  @Authorized<Requirement>("clients:write")
  @Mutation(() => RotateSecretPayload, {
    description:
      "Makes the next secret current and the former one invalid; if no rotation was started, replaces the secret with a new one at once.",
  })
  rotateSecret(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RotateSecretInput, { description: "The client." })
    input: RotateSecretInput,
  ) {
    return this.rotation.finish(caller, input);
  }

  @Authorized<Requirement>("clients:write")
  @Mutation(() => CancelSecretRotationPayload, {
    description: "Deletes the next secret; the current one stays valid.",
  })
  async cancelSecretRotation(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CancelSecretRotationInput, { description: "The client." })
    input: CancelSecretRotationInput,
  ) {
    return { client: await this.rotation.cancel(caller, input) };
  }
}
