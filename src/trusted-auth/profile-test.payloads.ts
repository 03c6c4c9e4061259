import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, ObjectType } from "type-graphql";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { ProfileTestOutcome } from "./profile-test.service.js";
import type { Check, CheckResult } from "./token-checks.js";

const TrustedAuthCheckEnum = graphqlEnum<Check>(
  "TrustedAuthCheck",
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

const TrustedAuthCheckStatusEnum = graphqlEnum<CheckResult["status"]>(
  "TrustedAuthCheckStatus",
  "Result of a check.",
  {
    PASSED: "The token passes the check.",
    FAILED: "The token is rejected by the check.",
    SKIPPED: "An earlier check has failed, or the profile does not need this one.",
  },
);

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

@ObjectType("TrustedAuthCheckResult", { description: "The result of one check." })
export class TrustedAuthCheckResultType implements CheckResult {
  @Field(() => TrustedAuthCheckEnum, { description: "The check." })
  check!: Check;

  @Field(() => TrustedAuthCheckStatusEnum, { description: "Its result." })
  status!: CheckResult["status"];

  @Field(() => String, { description: "The result in a sentence, without values of the token." })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "`extensions.code` of the failure; the token endpoint answers `invalid_grant` to all.",
  })
  code!: CheckResult["code"];

  @Field(() => String, { nullable: true, description: "`extensions.reason` of the failure." })
  reason!: CheckResult["reason"];
}

@ObjectType("ProfileTest", { description: "What would happen to a token; nothing is changed." })
export class ProfileTestType {
  @Field(() => ProfileTestOutcomeEnum, { description: "What would happen." })
  outcome!: ProfileTestOutcome;

  @Field(() => [TrustedAuthCheckResultType], { description: "All checks in their order." })
  checks!: CheckResult[];

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Values mapped from the token's claims, by attribute of the mapping; null if an earlier check failed.",
  })
  attributes!: JsonObject | null;

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
