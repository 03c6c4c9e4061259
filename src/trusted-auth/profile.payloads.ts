import { Field, ID, Int, ObjectType } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { VersionedType } from "../graphql-types/versioned.payloads.js";
import type { Algorithm } from "../key-sets/public-key.js";
import { JwsAlgorithmEnum, KeySourceType } from "../key-sets/public-key.payloads.js";
import type { AttributeMapping } from "./attribute-mapping.js";
import type { ClaimCondition, ClaimOperator } from "./claim-conditions.js";
import type { MemberUpdates } from "./member-updates.js";

export const ISSUER =
  "Exact value of `iss`; or a template of it with a claim's name in braces as one whole segment of the path, such as `https://login.example.com/{tid}/v2.0`; or a SPIFFE trust domain, such as `spiffe://example.org`, whose tokens need no `iss`.";
export const AUDIENCE = "Exact value that `aud`, or the `audienceClaim`, must be or contain.";

export const ClaimOperatorEnum = graphqlEnum<ClaimOperator>(
  "ClaimOperator",
  "How a claim is compared, case-sensitively: a string, the text of an integer or boolean, or any one of a list of these. A missing claim never matches.",
  {
    EQUALS: "The claim equals the value.",
    IN: "The claim equals one of the values.",
    STARTS_WITH: "The claim starts with one of the values.",
    ENDS_WITH: "The claim ends with one of the values.",
    CONTAINS:
      "The claim has one of the values as a whole entry: of a list, or of a text with spaces between its entries, such as `scope`.",
  },
);

export const MemberUpdatesEnum = graphqlEnum<MemberUpdates>(
  "MemberUpdates",
  "Members, known by their external id, whose email address and name follow the tokens of a profile.",
  {
    NONE: "None: they keep those that they have.",
    PROVISIONED: "Those that the profile created.",
    ALL: "All; needs `members:write`.",
  },
);

@ObjectType("ClaimCondition", {
  description: "A condition that a claim must meet for a token to be accepted.",
})
export class ClaimConditionType implements ClaimCondition {
  @Field(() => String, { description: "Path of the claim in the foreign JWT." })
  claim!: string;

  @Field(() => ClaimOperatorEnum, { description: "How the claim is compared." })
  operator!: ClaimOperator;

  @Field(() => [String], { description: "Values to compare with." })
  values!: string[];
}

@ObjectType("AttributeMapping", {
  description: "Paths of claims in the foreign JWT by attribute; null: not mapped.",
})
export class AttributeMappingType implements AttributeMapping {
  @Field(() => String, { nullable: true, description: "Path of the member's email address." })
  email!: string | undefined;

  @Field(() => String, { nullable: true, description: "Path of the token's id." })
  tokenId!: string | undefined;

  @Field(() => String, {
    nullable: true,
    description: "Path of the id or external id of the member's organization.",
  })
  organizationId!: string | undefined;

  @Field(() => String, {
    nullable: true,
    description: "Path of the issuer's id for the member.",
  })
  externalMemberId!: string | undefined;

  @Field(() => String, { nullable: true, description: "Path of the member's name." })
  name!: string | undefined;

  @Field(() => String, { nullable: true, description: "Path of the member's roles." })
  roles!: string | undefined;
}

@NodeObjectType("Profile", "profileId", {
  permission: "profiles:read",
  description: "An issuer whose JWTs are accepted, and the mapping of their claims to a member.",
})
export class ProfileType extends VersionedType {
  @Field(() => ID, { description: "Id of the profile." })
  profileId!: string;

  @Field(() => String, { description: "Display name." })
  name!: string;

  @Field(() => String, { description: ISSUER })
  issuer!: string;

  @Field(() => [String], {
    description: "Further values of `iss` whose tokens the same keys sign.",
  })
  alternativeIssuers!: string[];

  @Field(() => String, { description: AUDIENCE })
  audience!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Path of the claim that holds the audience where tokens have no `aud`; null: `aud`.",
  })
  audienceClaim!: string | null;

  @Field(() => KeySourceType, { description: "The issuer's public keys." })
  keys!: KeySourceType;

  @Field(() => [JwsAlgorithmEnum], {
    nullable: true,
    description: "Accepted signature algorithms; null: all that the keys support.",
  })
  allowedAlgorithms!: Algorithm[] | null;

  @Field(() => Int, { description: "Tolerated clock skew of the issuer in seconds." })
  clockToleranceSeconds!: number;

  @Field(() => Int, {
    nullable: true,
    description: "Maximum age of a token in seconds, by its `iat`; null: any age.",
  })
  maxTokenAgeSeconds!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Longest duration in minutes that one call may set for a session that the profile's tokens started; null: the project's.",
  })
  maximumSessionDurationMinutes!: number | null;

  @Field(() => [ClaimConditionType], { description: "Conditions, all of which must hold." })
  claimConditions!: ClaimConditionType[];

  @Field(() => AttributeMappingType, { description: "Where the token names its member." })
  attributeMapping!: AttributeMappingType;

  @Field(() => ID, {
    nullable: true,
    description: "Id of the only organization that its members belong to; null: any.",
  })
  organizationId!: string | null;

  @Field(() => Boolean, { description: "Whether unknown members are created." })
  canJitProvision!: boolean;

  @Field(() => Boolean, {
    description:
      "Whether an unknown organization id in a token creates an organization with that external id.",
  })
  canJitProvisionOrganizations!: boolean;

  @Field(() => MemberUpdatesEnum, {
    description: "Members whose email address and name follow the tokens.",
  })
  memberUpdates!: MemberUpdates;

  @Field(() => ID, {
    nullable: true,
    description: "Id of the client that the tokens identify at the token endpoint.",
  })
  clientId!: string | null;

  @Field(() => Boolean, { description: "Whether each token id is accepted only once." })
  singleUseTokenId!: boolean;

  @Field(() => Boolean, {
    description: "Whether `attestSession` accepts its tokens without a management key.",
  })
  publicExchange!: boolean;

  @Field(() => [String], {
    description: "Web origins whose scripts may call `attestSession` without a management key.",
  })
  allowedOrigins!: string[];
}

export const ProfileConnection = connectionType("Profile", ProfileType);

export const CreateProfilePayload = payloadType("CreateProfilePayload", {
  profile: { type: () => ProfileType, description: "The new profile." },
});

export const UpdateProfilePayload = payloadType("UpdateProfilePayload", {
  profile: { type: () => ProfileType, description: "The profile after the change." },
});

export const DeleteProfilePayload = payloadType("DeleteProfilePayload", {
  profileId: { type: () => ID, description: "Id of the deleted profile." },
});

export const AddProfileKeyPayload = payloadType("AddProfileKeyPayload", {
  profile: { type: () => ProfileType, description: "The profile with the added key." },
});

export const RemoveProfileKeyPayload = payloadType("RemoveProfileKeyPayload", {
  profile: { type: () => ProfileType, description: "The profile without the key." },
});
