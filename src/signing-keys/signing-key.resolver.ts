import { Arg, Args, Authorized, Mutation, Query, Resolver } from "type-graphql";
import type { Caller } from "../shared/caller.js";
import { connectionOf } from "../shared/connection.js";
import { CurrentCaller } from "../shared/current-caller.js";
import { PageArgs } from "../shared/page-args.js";
import type { Requirement } from "../shared/permissions.js";
import type { KeyRotation } from "./key-rotation.js";
import type { PublishedKeyService } from "./published-key.service.js";
import {
  PublishedKeyType,
  PublishKeyInput,
  PublishKeyPayload,
  RevokeSigningKeyInput,
  RevokeSigningKeyPayload,
  RotateSigningKeyInput,
  RotateSigningKeyPayload,
  SigningKeyConnection,
  WithdrawKeyInput,
  WithdrawKeyPayload,
} from "./signing-key.payloads.js";

@Resolver()
export class SigningKeyResolver {
  constructor(
    private readonly rotation: KeyRotation,
    private readonly published: PublishedKeyService,
  ) {}

  @Authorized<Requirement>("signing_keys:read")
  @Query(() => SigningKeyConnection, { description: "The project's signing keys, newest first." })
  async signingKeys(@CurrentCaller() caller: Caller, @Args(() => PageArgs) page: PageArgs) {
    return connectionOf(await this.rotation.list(caller, page));
  }

  @Authorized<Requirement>("signing_keys:read")
  @Query(() => [PublishedKeyType], { description: "Keys of other issuers in the project's JWKS." })
  publishedKeys(@CurrentCaller() caller: Caller) {
    return this.published.list(caller);
  }

  @Authorized<Requirement>("signing_keys:write")
  @Mutation(() => RotateSigningKeyPayload, {
    description: "The published next key begins to sign; the former one stays published.",
  })
  async rotateSigningKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RotateSigningKeyInput, { description: "Which key." })
    input: RotateSigningKeyInput,
  ) {
    return { signingKey: await this.rotation.rotate(caller, input) };
  }

  @Authorized<Requirement>("signing_keys:write")
  @Mutation(() => RevokeSigningKeyPayload, {
    description: "Ends a key and all tokens that it has signed, at once.",
  })
  async revokeSigningKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RevokeSigningKeyInput, { description: "Which key." })
    input: RevokeSigningKeyInput,
  ) {
    return { signingKey: await this.rotation.revoke(caller, input.kid) };
  }

  @Authorized<Requirement>("signing_keys:write")
  @Mutation(() => PublishKeyPayload, {
    description: "Puts a key of an old issuer into the JWKS, so that its tokens go on to verify.",
  })
  async publishKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => PublishKeyInput, { description: "The key." }) input: PublishKeyInput,
  ) {
    return { publishedKey: await this.published.publish(caller, input) };
  }

  @Authorized<Requirement>("signing_keys:write")
  @Mutation(() => WithdrawKeyPayload, { description: "Takes a published key out of the JWKS." })
  async withdrawKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => WithdrawKeyInput, { description: "Which key." }) input: WithdrawKeyInput,
  ) {
    return { kid: await this.published.withdraw(caller, input.kid) };
  }
}
