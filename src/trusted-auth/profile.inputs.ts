import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import type { Algorithm } from "../key-sets/public-key.js";
import { JwsAlgorithmEnum } from "../key-sets/public-key.payloads.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { ClaimCondition, ClaimOperator } from "./claim-conditions.js";
import { ClaimOperatorEnum } from "./profile.payloads.js";
import type { NewProfile, ProfileChange, ProfileSettings } from "./profile.service.js";
import type { NewProfileKey, ProfileKeyRef } from "./profile-keys.js";
import type { ProfileRef } from "./profile-store.js";

const MAPPING =
  "Keys are `email` and `token_id`, both needed unless the profile is for a client, and if wanted `organization_id`, `external_member_id`, `name` and `roles`; values are claim paths in the foreign JWT, such as `email` or `user.email`.";

@InputType({ description: "What a claim must be like for a token to be accepted." })
export class ClaimConditionInput implements ClaimCondition {
  @Field(() => String, {
    description: "Path of the claim, such as `repository` or `kubernetes.io.namespace`.",
  })
  claim!: string;

  @Field(() => ClaimOperatorEnum, { description: "How it is compared." })
  operator!: ClaimOperator;

  @Field(() => [String], {
    description: "With what: 1 to 50 values, for EQUALS one; upper and lower case differ.",
  })
  values!: string[];
}

@InputType()
abstract class ProfileSettingsInput implements ProfileSettings {
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

  @Field(() => [JwsAlgorithmEnum], {
    nullable: true,
    description: "Algorithms that tokens may be signed with; null for all that the keys fit.",
  })
  allowedAlgorithms?: Algorithm[] | null;

  @Field(() => Int, {
    nullable: true,
    description: "How far the issuer's clock may be off, 0 to 300 seconds; 60 by default.",
  })
  clockToleranceSeconds?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "How long ago a token may have been issued, by its `iat`; null for any time.",
  })
  maxTokenAgeSeconds?: number | null;

  @Field(() => [ClaimConditionInput], {
    nullable: true,
    description: "Up to 20, all of which must hold; a profile for a client needs at least one.",
  })
  claimConditions?: ClaimConditionInput[] | null;

  @Field(() => ID, {
    nullable: true,
    description: "The one organization of yours that its members belong to; null for any.",
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
      "A client that the tokens speak for at the token endpoint (RFC 8693, RFC 7523). Needs `clients:write`.",
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
      "Whether `attestSession` takes its tokens without a management key; false by default.",
  })
  publicExchange?: boolean | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Up to 50 web origins whose scripts may do that, such as `https://app.example.com`.",
  })
  allowedOrigins?: string[] | null;
}

@InputType({ description: "Whose JWTs to accept: exactly one of `jwksUrl` and `publicKeys`." })
export class CreateProfileInput extends ProfileSettingsInput implements NewProfile {
  @Field(() => String, { description: "Name for people, 1 to 128 characters." })
  name!: string;

  @Field(() => String, { description: "What `iss` must be, exactly." })
  issuer!: string;

  @Field(() => String, { description: "What `aud` must be or contain, exactly." })
  audience!: string;

  @Field(() => GraphQLJSONObject, { description: MAPPING })
  attributeMapping!: JsonObject;

  @Field(() => String, {
    nullable: true,
    description: "Repeating the call within 24 hours returns the same profile.",
  })
  idempotencyKey?: string | null;
}

const PROFILE_ID = "Which profile.";
const EXPECTED_VERSION = "Fails with CONFLICT unless the profile still has this version.";

@InputType({
  description: "What to change; absent fields stay. A new key source replaces the former one.",
})
export class UpdateProfileInput extends ProfileSettingsInput implements ProfileChange {
  @Field(() => ID, { description: PROFILE_ID })
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

  @Field(() => Int, { nullable: true, description: EXPECTED_VERSION })
  expectedVersion?: number | null;
}

@InputType()
abstract class ProfileRefInput implements ProfileRef {
  @Field(() => ID, { description: PROFILE_ID })
  profileId!: string;

  @Field(() => Int, { nullable: true, description: EXPECTED_VERSION })
  expectedVersion?: number | null;
}

@InputType({ description: "Which profile to delete." })
export class DeleteProfileInput extends ProfileRefInput {}

@InputType({ description: "A further key for a profile that has its keys itself." })
export class AddProfileKeyInput extends ProfileRefInput implements NewProfileKey {
  @Field(() => String, {
    description: "As PEM or JWK: RSA from 2048 bits, P-256, P-384, P-521, Ed25519.",
  })
  publicKey!: string;
}

@InputType({ description: "Which key of which profile is no longer trusted." })
export class RemoveProfileKeyInput extends ProfileRefInput implements ProfileKeyRef {
  @Field(() => ID, { description: "RFC 7638 thumbprint of the key." })
  publicKeyId!: string;
}
