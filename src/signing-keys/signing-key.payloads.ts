import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import type { SigningAlgorithm } from "../projects/project.entity.js";
import { SigningAlgorithmEnum } from "../projects/project.payloads.js";
import { connectionType } from "../shared/connection.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { RotateSigningKey } from "./key-rotation.js";
import type { KeyToPublish } from "./published-key.service.js";
import { SIGNING_KEY_STATUSES, type SigningKeyStatus } from "./signing-key.entity.js";

export const SigningKeyStatusEnum = Object.fromEntries(
  SIGNING_KEY_STATUSES.map((name) => [name, name]),
);
registerEnumType(SigningKeyStatusEnum, {
  name: "SigningKeyStatus",
  description: "Where a signing key is in its life.",
  valuesConfig: {
    NEXT: { description: "Published, so that verifiers know it; does not sign yet." },
    CURRENT: { description: "Signs." },
    PREVIOUS: { description: "Published until its last token has expired." },
    REVOKED: { description: "Neither published nor trusted." },
  },
});

@ObjectType("SigningKey", { description: "A key pair of the project; its private half is sealed." })
export class SigningKeyType {
  @Field(() => ID, { description: "`kid` in token headers and in the JWKS." })
  kid!: string;

  @Field(() => SigningAlgorithmEnum, { description: "What it signs with." })
  algorithm!: SigningAlgorithm;

  @Field(() => SigningKeyStatusEnum, { description: "Where it is in its life." })
  status!: SigningKeyStatus;

  @Field(() => GraphQLJSONObject, { description: "The public half as JWK (RFC 7517)." })
  publicJwk!: JsonObject;

  @Field(() => GraphQLDateTime, { description: "When it was published." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it began to sign." })
  activatedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When its last token will have expired, and it leaves the JWKS.",
  })
  retiresAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it was revoked." })
  revokedAt!: Date | null;
}

@ObjectType("SigningKeyConnection", { description: "One page of a list of SigningKey." })
export class SigningKeyConnection extends connectionType("SigningKey", SigningKeyType) {}

@InputType({ description: "Which key to rotate." })
export class RotateSigningKeyInput implements RotateSigningKey {
  @Field(() => SigningAlgorithmEnum, {
    nullable: true,
    description: "The key of this algorithm; the project's if absent.",
  })
  algorithm?: SigningAlgorithm | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Rotates even if the next key has been published for less than 15 minutes, so that verifiers may not know it yet.",
  })
  force?: boolean | null;
}

@ObjectType({ description: "The key that signs from now on." })
export class RotateSigningKeyPayload {
  @Field(() => SigningKeyType, { description: "The key that signs from now on." })
  signingKey!: SigningKeyType;
}

@InputType({ description: "Which key to revoke." })
export class RevokeSigningKeyInput {
  @Field(() => ID, { description: "`kid` of the key." })
  kid!: string;
}

@ObjectType({ description: "The revoked key." })
export class RevokeSigningKeyPayload {
  @Field(() => SigningKeyType, { description: "The revoked key." })
  signingKey!: SigningKeyType;
}

@ObjectType("PublishedKey", {
  description: "Somebody else's public key in the project's JWKS; never trusted by this server.",
})
export class PublishedKeyType {
  @Field(() => ID, { description: "`kid` in the JWKS." })
  kid!: string;

  @Field(() => GraphQLJSONObject, { description: "The key as it is published." })
  publicJwk!: JsonObject;

  @Field(() => GraphQLDateTime, { description: "When it was published." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it leaves the JWKS." })
  expiresAt!: Date;
}

@InputType({ description: "A key of an old issuer, whose tokens are still about." })
export class PublishKeyInput implements KeyToPublish {
  @Field(() => ID, { description: "`kid` in the headers of its tokens." })
  kid!: string;

  @Field(() => String, { description: "The public key as PEM or JWK." })
  publicKey!: string;

  @Field(() => GraphQLDateTime, { description: "When its last token will have expired." })
  expiresAt!: Date;
}

@ObjectType({ description: "The published key." })
export class PublishKeyPayload {
  @Field(() => PublishedKeyType, { description: "The published key." })
  publishedKey!: PublishedKeyType;
}

@InputType({ description: "Which published key to withdraw." })
export class WithdrawKeyInput {
  @Field(() => ID, { description: "`kid` of the key." })
  kid!: string;
}

@ObjectType({ description: "The withdrawn key." })
export class WithdrawKeyPayload {
  @Field(() => ID, { description: "`kid` of the withdrawn key." })
  kid!: string;
}
