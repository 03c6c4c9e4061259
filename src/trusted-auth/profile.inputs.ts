import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import type { Algorithm } from "../key-sets/public-key.js";
import { JwsAlgorithmEnum } from "../key-sets/public-key.payloads.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { ClaimCondition, ClaimOperator } from "./claim-conditions.js";
import { ClaimOperatorEnum } from "./profile.payloads.js";
import type { NewProfile, ProfileChange, ProfileSettings } from "./profile.service.js";
import type { NewProfileKey, ProfileKeyRef } from "./profile-keys.js";
import type { ProfileRef } from "./profile-store.js";

const MAPPING =
  "Claim paths in the foreign JWT, such as `email` or `user.email`, by attribute: `email` and `token_id`, both required unless the profile is for a client, and optionally `organization_id`, `external_member_id`, `name` and `roles`.";

@InputType({ description: "A condition that a claim must meet for a token to be accepted." })
export class ClaimConditionInput implements ClaimCondition {
  @Field(() => String, {
    description: "Path of the claim, such as `repository` or `kubernetes.io.namespace`.",
  })
  claim!: string;

  @Field(() => ClaimOperatorEnum, { description: "How the claim is compared." })
  operator!: ClaimOperator;

  @Field(() => [String], {
    description: "Values to compare with, case-sensitive: 1 to 50, for EQUALS exactly one.",
  })
  values!: string[];
}

@InputType()
abstract class ProfileSettingsInput implements ProfileSettings {
  @Field(() => String, {
    nullable: true,
    description: "https URL of the issuer's JWKS, instead of `publicKeys`.",
  })
  jwksUrl?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "1 to 5 public keys as PEM or JWK, instead of `jwksUrl`: RSA from 2048 bits, P-256, P-384, P-521, Ed25519.",
  })
  publicKeys?: string[] | null;

  @Field(() => [JwsAlgorithmEnum], {
    nullable: true,
    description: "Accepted signature algorithms; null: all that the keys support.",
  })
  allowedAlgorithms?: Algorithm[] | null;

  @Field(() => Int, {
    nullable: true,
    description: "Tolerated clock skew of the issuer, 0 to 300 seconds; 60 by default.",
  })
  clockToleranceSeconds?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Maximum age of a token in seconds, by its `iat`; null: any age.",
  })
  maxTokenAgeSeconds?: number | null;

  @Field(() => [ClaimConditionInput], {
    nullable: true,
    description:
      "Up to 20 conditions, all of which must hold; a profile for a client needs at least one.",
  })
  claimConditions?: ClaimConditionInput[] | null;

  @Field(() => ID, {
    nullable: true,
    description: "Id of the only organization that its members belong to; null: any.",
  })
  organizationId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether unknown members are created; false by default.",
  })
  canJitProvision?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether an unknown `organization_id` in a token creates an organization with that external id; false by default.",
  })
  canJitProvisionOrganizations?: boolean | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "Id of the client that the tokens identify at the token endpoint (RFC 8693, RFC 7523); needs `clients:write`.",
  })
  clientId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether each token id is accepted only once; false by default.",
  })
  singleUseTokenId?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether `attestSession` accepts its tokens without a management key; false by default.",
  })
  publicExchange?: boolean | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Up to 50 web origins whose scripts may call `attestSession` without a management key, such as `https://app.example.com`.",
  })
  allowedOrigins?: string[] | null;
}

@InputType({ description: "A new profile, with exactly one of `jwksUrl` and `publicKeys`." })
export class CreateProfileInput extends Idempotent(ProfileSettingsInput) implements NewProfile {
  @Field(() => String, { description: "Display name, 1 to 128 characters." })
  name!: string;

  @Field(() => String, { description: "Exact value of `iss`." })
  issuer!: string;

  @Field(() => String, { description: "Exact value that `aud` must be or contain." })
  audience!: string;

  @Field(() => GraphQLJSONObject, { description: MAPPING })
  attributeMapping!: JsonObject;
}

@InputType({
  description:
    "Changes to a profile; absent fields stay unchanged, and a new key source replaces the former one.",
})
export class UpdateProfileInput extends Versioned(ProfileSettingsInput) implements ProfileChange {
  @Field(() => ID, { description: "Id of the profile." })
  profileId!: string;

  @Field(() => String, { nullable: true, description: "Display name, 1 to 128 characters." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "Exact value of `iss`." })
  issuer?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Exact value that `aud` must be or contain.",
  })
  audience?: string | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: `Replaces the mapping. ${MAPPING}`,
  })
  attributeMapping?: JsonObject | null;
}

@InputType()
abstract class ProfileRefInput extends Versioned() implements ProfileRef {
  @Field(() => ID, { description: "Id of the profile." })
  profileId!: string;
}

@InputType({ description: "The profile to delete." })
export class DeleteProfileInput extends ProfileRefInput {}

@InputType({ description: "An additional key for a profile with `publicKeys`." })
export class AddProfileKeyInput extends ProfileRefInput implements NewProfileKey {
  @Field(() => String, {
    description: "The key as PEM or JWK: RSA from 2048 bits, P-256, P-384, P-521, Ed25519.",
  })
  publicKey!: string;
}

@InputType({ description: "The key to remove from a profile." })
export class RemoveProfileKeyInput extends ProfileRefInput implements ProfileKeyRef {
  @Field(() => ID, { description: "RFC 7638 thumbprint of the key." })
  publicKeyId!: string;
}
