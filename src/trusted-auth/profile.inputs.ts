import { Field, ID, InputType, Int } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import { KeySourceInput } from "../key-sets/key-source.inputs.js";
import type { Algorithm } from "../key-sets/public-key.js";
import { JwsAlgorithmEnum } from "../key-sets/public-key.payloads.js";
import type { AttributeMappingSettings } from "./attribute-mapping.js";
import type { ClaimCondition, ClaimOperator } from "./claim-conditions.js";
import type { MemberUpdates } from "./member-updates.js";
import { ProfilePresetInput } from "./presets/profile-preset.inputs.js";
import { AUDIENCE, ClaimOperatorEnum, ISSUER, MemberUpdatesEnum } from "./profile.payloads.js";
import type { NewProfile, ProfileChange, ProfileSettings } from "./profile.service.js";
import type { ProfileRef } from "./profile-store.js";

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

@InputType({
  description:
    "Paths of claims in the foreign JWT, such as `email` or `user.email`, by attribute. `email` or `externalMemberId` is required unless the profile is for a client.",
})
export class AttributeMappingInput implements AttributeMappingSettings {
  @Field(() => String, {
    nullable: true,
    description:
      "Path of the member's email address, which a token may lack if `externalMemberId` is mapped.",
  })
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Path of the token's id, which must differ from token to token. Not mapped: `jti`, or for a member, where a token has none, a digest of its claims.",
  })
  tokenId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Path of the id or external id of the member's organization.",
  })
  organizationId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Path of the issuer's id for the member, which becomes its external id.",
  })
  externalMemberId?: string | null;

  @Field(() => String, { nullable: true, description: "Path of the member's name." })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Path of the member's roles: a list, a single role, or an object whose keys are roles. What cannot be a role is left out.",
  })
  roles?: string | null;
}

@InputType()
abstract class ProfileSettingsInput implements ProfileSettings {
  @Field(() => [String], {
    nullable: true,
    description:
      "Up to 10 further values of `iss` whose tokens the same keys sign; none by default.",
  })
  alternativeIssuers?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Path of the claim that holds the audience where tokens have no `aud`, such as `client_id` or `azp`; null: `aud`. A token that has an `aud` all the same needs the audience in both.",
  })
  audienceClaim?: string | null;

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

  @Field(() => Int, {
    nullable: true,
    description:
      "Longest duration in minutes, 5 to 527040, that one call may set for a session that the profile's tokens started; the session keeps it. Null: the project's.",
  })
  maximumSessionDurationMinutes?: number | null;

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
      "Whether an unknown organization id in a token creates an organization with that external id; false by default.",
  })
  canJitProvisionOrganizations?: boolean | null;

  @Field(() => MemberUpdatesEnum, {
    nullable: true,
    description:
      "Members whose email address and name follow the tokens; PROVISIONED by default. Roles always do where they are mapped.",
  })
  memberUpdates?: MemberUpdates | null;

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

@InputType({ description: "A new profile." })
export class CreateProfileInput extends Idempotent(ProfileSettingsInput) implements NewProfile {
  @Field(() => String, { description: "Display name, 1 to 128 characters." })
  name!: string;

  @Field(() => ProfilePresetInput, {
    nullable: true,
    description:
      "Fills what is known of an issuer. Without it, `issuer`, `audience`, `keys` and `attributeMapping` are required.",
  })
  preset?: ProfilePresetInput | null;

  @Field(() => String, { nullable: true, description: ISSUER })
  issuer?: string | null;

  @Field(() => String, { nullable: true, description: AUDIENCE })
  audience?: string | null;

  @Field(() => KeySourceInput, { nullable: true, description: "The issuer's public keys." })
  keys?: KeySourceInput | null;

  @Field(() => AttributeMappingInput, {
    nullable: true,
    description: "Where the token names its member.",
  })
  attributeMapping?: AttributeMappingInput | null;
}

@InputType({
  description:
    "Changes to a profile; absent fields stay unchanged. Null clears a field that can be empty, and is refused for others.",
})
export class UpdateProfileInput extends Versioned(ProfileSettingsInput) implements ProfileChange {
  @Field(() => ID, { description: "Id of the profile." })
  profileId!: string;

  @Field(() => String, { nullable: true, description: "Display name, 1 to 128 characters." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: ISSUER })
  issuer?: string | null;

  @Field(() => String, { nullable: true, description: AUDIENCE })
  audience?: string | null;

  @Field(() => KeySourceInput, {
    nullable: true,
    description: "The issuer's public keys, which replace the former ones.",
  })
  keys?: KeySourceInput | null;

  @Field(() => AttributeMappingInput, {
    nullable: true,
    description:
      "Replaces the mapping as a whole: an attribute that it does not name is no longer mapped.",
  })
  attributeMapping?: AttributeMappingInput | null;
}

@InputType()
export abstract class ProfileRefInput extends Versioned() implements ProfileRef {
  @Field(() => ID, { description: "Id of the profile." })
  profileId!: string;
}

@InputType({ description: "The profile to delete." })
export class DeleteProfileInput extends ProfileRefInput {}
