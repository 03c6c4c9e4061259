import { Field, ID, Int, ObjectType } from "type-graphql";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { TRUSTED_AUTH_TOKEN_REASONS } from "../shared/errors.js";
import type { MappedIdentity } from "./attribute-mapping.js";
import type { LeftOut, LeftOutReason } from "./left-out.js";
import type { MappedAttribute } from "./mapped-claim.js";
import type { ProfileTestOutcome } from "./profile-test.service.js";
import type { Check, CheckResult } from "./token-checks.js";

const ProfileCheckEnum = graphqlEnum<Check>(
  "ProfileCheck",
  "A check of a trusted auth token; tokens are checked in the order of the values.",
  {
    FORM: "The token is a JWT in compact form whose header and claims are strict JSON.",
    ALGORITHM: "The profile accepts the token's algorithm.",
    KEY: "There are keys that may have signed the token.",
    SIGNATURE: "One of these keys verifies the signature.",
    ISSUER: "`iss` is the profile's issuer.",
    AUDIENCE: "`aud` is or contains the profile's audience.",
    TIMES: "The token is already valid and has not expired.",
    AGE: "The token is not older than the profile's `maxTokenAgeSeconds`.",
    CONDITIONS: "The claims meet the profile's conditions.",
    MAPPING: "The token has the claims that the profile maps, or that a client needs.",
    ORGANIZATION: "The organization exists or would be created.",
    MEMBER: "The member exists or would be created.",
    CLIENT: "The profile's client is active.",
    REPLAY: "The token has not been used before, if it may be used only once.",
  },
);

const CheckStatusEnum = graphqlEnum<CheckResult["status"]>("CheckStatus", "Result of a check.", {
  PASSED: "The token passes the check.",
  FAILED: "The token is rejected by the check.",
  SKIPPED: "An earlier check has failed, or the profile does not need this one.",
});

const ProfileTestOutcomeEnum = graphqlEnum<ProfileTestOutcome>(
  "ProfileTestOutcome",
  "What would happen to a token.",
  {
    REFUSED: "It would be rejected: a check fails.",
    MEMBER_FOUND: "`attestSession` would start a session of an existing member.",
    MEMBER_WOULD_BE_CREATED: "`attestSession` would create the member and start a session.",
    CLIENT_IDENTIFIED: "The token endpoint would issue the client a token.",
  },
);

@ObjectType("CheckResult", { description: "The result of one check." })
export class CheckResultType implements CheckResult {
  @Field(() => ProfileCheckEnum, { description: "The check." })
  check!: Check;

  @Field(() => CheckStatusEnum, { description: "Its result." })
  status!: CheckResult["status"];

  @Field(() => String, { description: "The result in a sentence, without values of the token." })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "`extensions.code` of the failure; the token endpoint answers `invalid_grant` to all.",
  })
  code!: CheckResult["code"];

  @Field(() => String, {
    nullable: true,
    description: `\`extensions.reason\` of the failure, one of ${TRUSTED_AUTH_TOKEN_REASONS.join(", ")}; later releases may add some.`,
  })
  reason!: CheckResult["reason"];

  @Field(() => String, {
    nullable: true,
    description:
      "`extensions.claim` of the failure: the claim or header parameter that it is about.",
  })
  claim!: CheckResult["claim"];
}

@ObjectType("MappedAttributes", { description: "The values that a mapping reads from a token." })
export class MappedAttributesType implements Omit<MappedIdentity, "leftOut"> {
  @Field(() => String, {
    nullable: true,
    description: "The member's email address; null if the token has no usable one.",
  })
  email!: string | null;

  @Field(() => String, { description: "The token's id." })
  tokenId!: string;

  @Field(() => String, {
    nullable: true,
    description: "Id or external id of the organization; null if the token names none.",
  })
  organizationId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The issuer's id for the member; null if it is not mapped.",
  })
  externalMemberId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The member's name; null if the token has no usable one.",
  })
  name!: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "The member's roles; null if they are not mapped.",
  })
  roles!: string[] | null;
}

@ObjectType("LeftOut", {
  description:
    "Values of a mapped claim that the member would not get, while the token is accepted.",
})
export class LeftOutType implements LeftOut {
  @Field(() => String, { description: "The attribute of the mapping, such as `roles`." })
  attribute!: MappedAttribute;

  @Field(() => String, { description: "Path of the claim." })
  claim!: string;

  @Field(() => String, {
    description:
      "Why: NOT_TEXT (neither text nor, as a role, an integer), INVALID (text that the attribute cannot have), TOO_MANY (more than a member can have) or IN_USE (the address of another member). Later releases may add some.",
  })
  reason!: LeftOutReason;

  @Field(() => Int, { description: "Number of values." })
  count!: number;
}

@ObjectType("ProfileTest", { description: "What would happen to a token; nothing is changed." })
export class ProfileTestType {
  @Field(() => ProfileTestOutcomeEnum, { description: "What would happen." })
  outcome!: ProfileTestOutcome;

  @Field(() => [CheckResultType], { description: "All checks in their order." })
  checks!: CheckResult[];

  @Field(() => MappedAttributesType, {
    nullable: true,
    description:
      "Values mapped from the token's claims; null if an earlier check failed or the profile identifies no members.",
  })
  attributes!: MappedAttributesType | null;

  @Field(() => [LeftOutType], {
    description:
      "Optional claims of the token that the member would not get, without their values.",
  })
  leftOut!: LeftOut[];

  @Field(() => ID, {
    nullable: true,
    description: "Id of the member's organization; null if unknown or yet to be created.",
  })
  organizationId!: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "Id of the member; null if unknown or yet to be created.",
  })
  memberId!: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "Id of the client that the token identifies.",
  })
  clientId!: string | null;
}

export const TestProfilePayload = payloadType("TestProfilePayload", {
  profileTest: { type: () => ProfileTestType, description: "What would happen to the token." },
});
