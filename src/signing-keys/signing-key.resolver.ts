import { Arg, Args, Authorized, Mutation, Query, Resolver } from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { KeyRotation } from "./key-rotation.js";
import type { PublishedKeyService } from "./published-key.service.js";
import {
  PublishKeyInput,
  RevokeSigningKeyInput,
  RotateSigningKeyInput,
  WithdrawKeyInput,
} from "./signing-key.inputs.js";
import {
  PublishedKeyType,
  PublishKeyPayload,
  RevokeSigningKeyPayload,
  RotateSigningKeyPayload,
  SigningKeyConnection,
  WithdrawKeyPayload,
} from "./signing-key.payloads.js";

@Resolver()
export class SigningKeyResolver {
  constructor(
    private readonly rotation: KeyRotation,
    private readonly published: PublishedKeyService,
  ) {}

  @Authorized<Requirement>("signing_keys:read")
  @Query(() => SigningKeyConnection, {
    name: "signingKeys",
    description: "The signing keys of the project, newest first.",
  })
  async listSigningKeys(@CurrentCaller() caller: Caller, @Args(() => PageArgs) page: PageArgs) {
    return toConnection(await this.rotation.list(caller, page));
  }

  @Authorized<Requirement>("signing_keys:read")
  @Query(() => [PublishedKeyType], {
    name: "publishedKeys",
    description: "The keys of other issuers in the project's JWKS.",
  })
  listPublishedKeys(@CurrentCaller() caller: Caller) {
    return this.published.list(caller);
  }

  @Authorized<Requirement>("signing_keys:write")
  @Throws("SIGNING_KEY_NOT_FOUND", "PRECONDITION_FAILED")
  @Mutation(() => RotateSigningKeyPayload, {
    description: "Makes the next key the current one; the former key stays published.",
  })
  async rotateSigningKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RotateSigningKeyInput, { description: "The key." })
    input: RotateSigningKeyInput,
  ) {
    return { signingKey: await this.rotation.rotate(caller, input) };
  }

  @Authorized<Requirement>("signing_keys:write")
  @Throws("SIGNING_KEY_NOT_FOUND")
  @Mutation(() => RevokeSigningKeyPayload, {
    description: "Revokes a key and all tokens that it has signed, at once.",
  })
  async revokeSigningKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RevokeSigningKeyInput, { description: "The key." })
    input: RevokeSigningKeyInput,
  ) {
    return { signingKey: await this.rotation.revoke(caller, input.kid) };
  }

  @Authorized<Requirement>("signing_keys:write")
  @Throws("ALREADY_EXISTS")
  @Mutation(() => PublishKeyPayload, {
    description:
      "Adds a key of a former issuer to the JWKS, so that its tokens can still be verified. Its holder can sign tokens of any client and session, so it needs `clients:write` and `sessions:write` too.",
  })
  async publishKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => PublishKeyInput, { description: "The key." }) input: PublishKeyInput,
  ) {
    return { publishedKey: await this.published.publish(caller, input) };
  }

  @Authorized<Requirement>("signing_keys:write")
  @Throws("PUBLISHED_KEY_NOT_FOUND")
  @Mutation(() => WithdrawKeyPayload, { description: "Removes a published key from the JWKS." })
  async withdrawKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => WithdrawKeyInput, { description: "The key." }) input: WithdrawKeyInput,
  ) {
    return { kid: await this.published.withdraw(caller, input.kid) };
  }
}
