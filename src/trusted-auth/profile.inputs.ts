import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { KeySource, NewProfile, ProfileChange, ProfileRef } from "./profile.service.js";

const MAPPING =
  "Keys are `email` and `token_id`, and if wanted `organization_id`, `external_member_id` and `name`; values are claim paths in the foreign JWT, such as `email` or `user.email`.";

@InputType()
abstract class KeySourceInput implements KeySource {
  @Field(() => String, {
    nullable: true,
    description: "Where the issuer publishes its keys, over https. Or give `publicKeys`.",
  })
  jwksUrl?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "1 to 5 public keys as PEM or JWK: RSA from 2048 bits, P-256, P-384, P-521, Ed25519. Or give `jwksUrl`.",
  })
  publicKeys?: string[] | null;
}

@InputType({ description: "Whose JWTs to accept: exactly one of `jwksUrl` and `publicKeys`." })
export class CreateProfileInput extends KeySourceInput implements NewProfile {
  @Field(() => String, { description: "Name for people, 1 to 128 characters." })
  name!: string;

  @Field(() => String, { description: "What `iss` must be, exactly." })
  issuer!: string;

  @Field(() => String, { description: "What `aud` must be or contain, exactly." })
  audience!: string;

  @Field(() => GraphQLJSONObject, { description: MAPPING })
  attributeMapping!: JsonObject;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether unknown members are created.",
  })
  canJitProvision?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether each token id is accepted only once.",
  })
  singleUseTokenId?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: "Repeating the call within 24 hours returns the same profile.",
  })
  idempotencyKey?: string | null;
}

@InputType({
  description: "What to change; absent fields stay. A new key source replaces the former one.",
})
export class UpdateProfileInput extends KeySourceInput implements ProfileChange {
  @Field(() => ID, { description: "Which profile." })
  profileId!: string;

  @Field(() => String, { nullable: true, description: "Name for people, 1 to 128 characters." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "What `iss` must be, exactly." })
  issuer?: string | null;

  @Field(() => String, { nullable: true, description: "What `aud` must be or contain, exactly." })
  audience?: string | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: `Replaces the mapping. ${MAPPING}`,
  })
  attributeMapping?: JsonObject | null;

  @Field(() => Boolean, { nullable: true, description: "Whether unknown members are created." })
  canJitProvision?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether each token id is accepted only once.",
  })
  singleUseTokenId?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the profile still has this version.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Which profile to delete." })
export class DeleteProfileInput implements ProfileRef {
  @Field(() => ID, { description: "Which profile." })
  profileId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the profile still has this version.",
  })
  expectedVersion?: number | null;
}
