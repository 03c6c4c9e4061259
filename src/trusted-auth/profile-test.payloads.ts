import { GraphQLJSONObject } from "graphql-scalars";
import { ArgsType, Field, ID, ObjectType, registerEnumType } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { Check, CheckResult } from "./checks.js";
import type { ProfileTestOutcome, ProfileTrial } from "./profile-test.service.js";

enum CheckEnum {
  FORM = "FORM",
  ALGORITHM = "ALGORITHM",
  KEY = "KEY",
  SIGNATURE = "SIGNATURE",
  ISSUER = "ISSUER",
  AUDIENCE = "AUDIENCE",
  TIMES = "TIMES",
  AGE = "AGE",
  CONDITIONS = "CONDITIONS",
  MAPPING = "MAPPING",
  ORGANIZATION = "ORGANIZATION",
  MEMBER = "MEMBER",
  CLIENT = "CLIENT",
  REPLAY = "REPLAY",
}
registerEnumType(CheckEnum, {
  name: "TrustedAuthCheck",
  description: "What a trusted auth token goes through, in the order of the values.",
  valuesConfig: {
    FORM: { description: "It is a JWT in compact form, with header and claims of strict JSON." },
    ALGORITHM: { description: "The profile accepts its algorithm." },
    KEY: { description: "There are keys that it may have been signed with." },
    SIGNATURE: { description: "One of them verifies its signature." },
    ISSUER: { description: "`iss` is the profile's issuer." },
    AUDIENCE: { description: "`aud` is, or has, the profile's audience." },
    TIMES: { description: "It has not expired, and is valid already." },
    AGE: { description: "It is not older than the profile's `maxTokenAgeSeconds`." },
    CONDITIONS: { description: "Its claims meet the profile's conditions." },
    MAPPING: { description: "It has the claims that the profile maps, or that a client needs." },
    ORGANIZATION: { description: "The organization is known, or would be created." },
    MEMBER: { description: "The member is known, or would be created." },
    CLIENT: { description: "The profile's client is active." },
    REPLAY: { description: "It has not been used, if it may be used once." },
  },
});

enum CheckStatusEnum {
  PASSED = "PASSED",
  FAILED = "FAILED",
  SKIPPED = "SKIPPED",
}
registerEnumType(CheckStatusEnum, {
  name: "TrustedAuthCheckStatus",
  description: "What became of a check.",
  valuesConfig: {
    PASSED: { description: "The token passes." },
    FAILED: { description: "The token is refused for it." },
    SKIPPED: { description: "An earlier check has failed, or the profile does not ask for it." },
  },
});

enum OutcomeEnum {
  REFUSED = "REFUSED",
  MEMBER_FOUND = "MEMBER_FOUND",
  MEMBER_WOULD_BE_CREATED = "MEMBER_WOULD_BE_CREATED",
  CLIENT_IDENTIFIED = "CLIENT_IDENTIFIED",
}
registerEnumType(OutcomeEnum, {
  name: "ProfileTestOutcome",
  description: "What would happen to a token.",
  valuesConfig: {
    REFUSED: { description: "Nothing: a check fails." },
    MEMBER_FOUND: { description: "`attestSession` would give a member a session." },
    MEMBER_WOULD_BE_CREATED: { description: "It would create the member first." },
    CLIENT_IDENTIFIED: { description: "The token endpoint would give the client a token." },
  },
});

@ArgsType()
export class ProfileTrialArgs implements ProfileTrial {
  @Field(() => ID, { description: "Which profile." })
  profileId!: string;

  @Field(() => String, { description: "The foreign JWT, up to 16 KiB." })
  token!: string;

  @Field(() => ID, {
    nullable: true,
    description: "Organization, as the caller of `attestSession` would name it.",
  })
  organizationId?: string | null;
}

@ObjectType("TrustedAuthCheckResult", { description: "What became of one check." })
export class CheckResultType {
  @Field(() => CheckEnum, { description: "Which check." })
  check!: Check;

  @Field(() => CheckStatusEnum, { description: "What became of it." })
  status!: CheckResult["status"];

  @Field(() => String, { description: "That in a sentence, without any value of the token." })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: "`extensions.code` of the failure; at the token endpoint all are `invalid_grant`.",
  })
  code!: string | null;

  @Field(() => String, { nullable: true, description: "`extensions.reason` of the failure." })
  reason!: string | null;
}

@ObjectType("ProfileTest", { description: "What would happen to a token; nothing has happened." })
export class ProfileTestType {
  @Field(() => OutcomeEnum, { description: "What would happen." })
  outcome!: ProfileTestOutcome;

  @Field(() => [CheckResultType], { description: "All checks, in their order." })
  checks!: CheckResult[];

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "What the profile makes of the token's claims, by the names of its mapping; null where it did not come to that.",
  })
  attributes!: JsonObject | null;

  @Field(() => ID, {
    nullable: true,
    description: "Organization of the member; null where it is not known or would be created.",
  })
  organizationId!: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "The member; null where it is not known or would be created.",
  })
  memberId!: string | null;

  @Field(() => ID, { nullable: true, description: "The client that the token would speak for." })
  clientId!: string | null;
}
