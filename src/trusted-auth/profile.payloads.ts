import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, Int, ObjectType } from "type-graphql";
import { PublicKeyType } from "../key-sets/public-key.payloads.js";
import { connectionType } from "../shared/connection.js";
import type { JsonObject } from "../shared/trusted-metadata.js";

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

  @Field(() => GraphQLJSONObject, { description: "Claim path in the foreign JWT by attribute." })
  attributeMapping!: JsonObject;

  @Field(() => Boolean, { description: "Whether unknown members are created." })
  canJitProvision!: boolean;

  @Field(() => Boolean, { description: "Whether each token id is accepted only once." })
  singleUseTokenId!: boolean;

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
