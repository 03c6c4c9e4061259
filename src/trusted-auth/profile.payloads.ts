import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import type { Algorithm } from "../key-sets/public-key.js";
import { JwsAlgorithmEnum, PublicKeyType } from "../key-sets/public-key.payloads.js";
import { connectionType } from "../shared/connection.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { ClaimOperator } from "./claim-conditions.js";

export enum ClaimOperatorEnum {
  EQUALS = "EQUALS",
  IN = "IN",
  STARTS_WITH = "STARTS_WITH",
}
registerEnumType(ClaimOperatorEnum, {
  name: "ClaimOperator",
  description:
    "How a string, number or boolean is compared, or a list of strings, of which one must do. A claim that is missing never does.",
  valuesConfig: {
    EQUALS: { description: "It is the value." },
    IN: { description: "It is one of the values." },
    STARTS_WITH: { description: "It begins with one of the values." },
  },
});

@ObjectType("ClaimCondition", {
  description: "What a claim must be like for a token to be accepted.",
})
export class ClaimConditionType {
  @Field(() => String, { description: "Path of the claim in the foreign JWT." })
  claim!: string;

  @Field(() => ClaimOperatorEnum, { description: "How it is compared." })
  operator!: ClaimOperator;

  @Field(() => [String], { description: "With what." })
  values!: string[];
}

@ObjectType("TrustedAuthProfile", {
  description: "Whose JWTs are accepted, and how their claims map to a member.",
})
export class TrustedAuthProfileType {
  @Field(() => ID, { description: "Id of the profile." })
  profileId!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => String, { description: "What `iss` must be." })
  issuer!: string;

  @Field(() => String, { description: "What `aud` must be or contain." })
  audience!: string;

  @Field(() => String, {
    nullable: true,
    description: "Where the keys are; null where they are `publicKeys`.",
  })
  jwksUrl!: string | null;

  @Field(() => [PublicKeyType], { description: "The keys; empty where they are at `jwksUrl`." })
  publicKeys!: PublicKeyType[];

  @Field(() => [JwsAlgorithmEnum], {
    nullable: true,
    description: "Algorithms that tokens may be signed with; null for all that the keys fit.",
  })
  allowedAlgorithms!: Algorithm[] | null;

  @Field(() => Int, { description: "How far the issuer's clock may be off." })
  clockToleranceSeconds!: number;

  @Field(() => Int, {
    nullable: true,
    description: "How long ago a token may have been issued; null for any time.",
  })
  maxTokenAgeSeconds!: number | null;

  @Field(() => [ClaimConditionType], { description: "All of them must hold." })
  claimConditions!: ClaimConditionType[];

  @Field(() => GraphQLJSONObject, { description: "Claim path in the foreign JWT by attribute." })
  attributeMapping!: JsonObject;

  @Field(() => ID, {
    nullable: true,
    description: "The one organization that its members belong to; null for any.",
  })
  organizationId!: string | null;

  @Field(() => Boolean, { description: "Whether unknown members are created." })
  canJitProvision!: boolean;

  @Field(() => Boolean, {
    description: "Whether an unknown `organization_id` in a token creates an organization.",
  })
  canJitProvisionOrganizations!: boolean;

  @Field(() => ID, {
    nullable: true,
    description: "The client that the tokens speak for at the token endpoint.",
  })
  clientId!: string | null;

  @Field(() => Boolean, { description: "Whether each token id is accepted only once." })
  singleUseTokenId!: boolean;

  @Field(() => Boolean, {
    description: "Whether `attestSession` takes its tokens without a management key.",
  })
  publicExchange!: boolean;

  @Field(() => [String], { description: "Web origins whose scripts may do that." })
  allowedOrigins!: string[];

  @Field(() => GraphQLDateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it was last changed." })
  updatedAt!: Date;

  @Field(() => Int, { description: "Grows with each change; see `expectedVersion`." })
  version!: number;
}

@ObjectType("TrustedAuthProfileConnection", {
  description: "One page of a list of TrustedAuthProfile.",
})
export class TrustedAuthProfileConnection extends connectionType(
  "TrustedAuthProfile",
  TrustedAuthProfileType,
) {}

@ObjectType({ description: "The new profile." })
export class CreateProfilePayload {
  @Field(() => TrustedAuthProfileType, { description: "The new profile." })
  profile!: TrustedAuthProfileType;
}

@ObjectType({ description: "The changed profile." })
export class UpdateProfilePayload {
  @Field(() => TrustedAuthProfileType, { description: "The profile after the change." })
  profile!: TrustedAuthProfileType;
}

@ObjectType({ description: "The deleted profile." })
export class DeleteProfilePayload {
  @Field(() => ID, { description: "Id of the deleted profile." })
  profileId!: string;
}

@ObjectType({ description: "The profile with the key." })
export class AddProfileKeyPayload {
  @Field(() => TrustedAuthProfileType, { description: "The profile after the change." })
  profile!: TrustedAuthProfileType;
}

@ObjectType({ description: "The profile without the key." })
export class RemoveProfileKeyPayload {
  @Field(() => TrustedAuthProfileType, { description: "The profile after the change." })
  profile!: TrustedAuthProfileType;
}
