import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType } from "type-graphql";
import { PublicKeyInput } from "../key-sets/key-source.inputs.js";
import type { SigningAlgorithm } from "../projects/project.entity.js";
import { SigningAlgorithmEnum } from "../projects/project.payloads.js";
import type { RotateSigningKey } from "./key-rotation.js";
import type { KeyToPublish } from "./published-key.service.js";

@InputType({ description: "The signing key to rotate." })
export class RotateSigningKeyInput implements RotateSigningKey {
  @Field(() => SigningAlgorithmEnum, {
    nullable: true,
    description: "Algorithm of the key; the project's if absent.",
  })
  algorithm?: SigningAlgorithm | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether to rotate even if the next key has been published for less than 15 minutes, so that verifiers may not have fetched it yet.",
  })
  force?: boolean | null;
}

@InputType({ description: "The signing key to revoke." })
export class RevokeSigningKeyInput {
  @Field(() => ID, { description: "`kid` of the key." })
  kid!: string;
}

@InputType({ description: "A key of a former issuer whose tokens are still in use." })
export class PublishKeyInput implements KeyToPublish {
  @Field(() => ID, { description: "`kid` in the headers of its tokens." })
  kid!: string;

  @Field(() => PublicKeyInput, { description: "The public key." })
  publicKey!: PublicKeyInput;

  @Field(() => GraphQLDateTime, { description: "Time at which its last token will have expired." })
  expiresAt!: Date;
}

@InputType({ description: "The published key to withdraw." })
export class WithdrawKeyInput {
  @Field(() => ID, { description: "`kid` of the key." })
  kid!: string;
}
