import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import type { SigningAlgorithm } from "../projects/project.entity.js";
import { SigningAlgorithmEnum } from "../projects/project.payloads.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { SigningKeyStatus } from "./signing-key.entity.js";

export const SigningKeyStatusEnum = graphqlEnum<SigningKeyStatus>(
  "SigningKeyStatus",
  "Stage in the life of a signing key.",
  {
    NEXT: "Published so that verifiers can fetch it, but not yet used to sign.",
    CURRENT: "Used to sign.",
    PREVIOUS: "Published until its last token has expired.",
    REVOKED: "Neither published nor trusted.",
  },
);

@NodeObjectType("SigningKey", "kid", {
  permission: "signing_keys:read",
  description: "A key pair of the project; its private key is encrypted at rest.",
})
export class SigningKeyType {
  @Field(() => ID, { description: "`kid` in token headers and in the JWKS." })
  kid!: string;

  @Field(() => SigningAlgorithmEnum, { description: "Algorithm that it signs with." })
  algorithm!: SigningAlgorithm;

  @Field(() => SigningKeyStatusEnum, { description: "Stage in its life." })
  status!: SigningKeyStatus;

  @Field(() => GraphQLJSONObject, { description: "The public key as JWK (RFC 7517)." })
  publicJwk!: JsonObject;

  @Field(() => GraphQLDateTime, { description: "Time of publication." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time from which it was used to sign.",
  })
  activatedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time at which its last token has expired and it is removed from the JWKS.",
  })
  retiresAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Time of its revocation." })
  revokedAt!: Date | null;
}

export const SigningKeyConnection = connectionType("SigningKey", SigningKeyType);

export const RotateSigningKeyPayload = payloadType("RotateSigningKeyPayload", {
  signingKey: { type: () => SigningKeyType, description: "The new current key." },
});

export const RevokeSigningKeyPayload = payloadType("RevokeSigningKeyPayload", {
  signingKey: { type: () => SigningKeyType, description: "The revoked key." },
});

@NodeObjectType("PublishedKey", "kid", {
  permission: "signing_keys:read",
  description: "Another issuer's public key in the project's JWKS; this server never trusts it.",
})
export class PublishedKeyType {
  @Field(() => ID, { description: "`kid` in the JWKS." })
  kid!: string;

  @Field(() => GraphQLJSONObject, { description: "The published JWK (RFC 7517)." })
  publicJwk!: JsonObject;

  @Field(() => GraphQLDateTime, { description: "Time of publication." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "Time at which it is removed from the JWKS." })
  expiresAt!: Date;
}

export const PublishKeyPayload = payloadType("PublishKeyPayload", {
  publishedKey: { type: () => PublishedKeyType, description: "The published key." },
});

export const WithdrawKeyPayload = payloadType("WithdrawKeyPayload", {
  kid: { type: () => ID, description: "`kid` of the withdrawn key." },
});
