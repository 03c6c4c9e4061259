import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int, registerEnumType } from "type-graphql";
import { OrderDirectionEnum } from "../shared/order-direction.inputs.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { MemberStatus } from "./member.entity.js";
import { MemberStatusEnum } from "./member.payloads.js";
import type { MemberChange } from "./member.service.js";
import type { MemberFilter, MemberOrder } from "./member-list.js";
import type { MemberDescription, MemberRef, NewMember } from "./member-store.js";

@InputType()
abstract class MemberDescriptionInput implements MemberDescription {
  @Field(() => String, { nullable: true, description: "Name of the person, 1 to 128 characters." })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Your own id for the member, unique in the organization: 1 to 128 characters out of `A-Za-z0-9._|-`.",
  })
  externalId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Claim `roles` of the session JWTs: up to 50 of 1 to 128 characters out of `A-Za-z0-9._:-`. An update replaces the list.",
  })
  roles?: string[] | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Up to 20 top-level keys and 4 KB of JSON. An update merges at the top level, null deletes a key.",
  })
  trustedMetadata?: JsonObject | null;
}

@InputType({ description: "A new member of an organization." })
export class CreateMemberInput extends MemberDescriptionInput implements NewMember {
  @Field(() => ID, { description: "Which organization." })
  organizationId!: string;

  @Field(() => String, {
    description: "Unique in the organization, upper and lower case the same.",
  })
  emailAddress!: string;

  @Field(() => String, {
    nullable: true,
    description: "Repeating the call within 24 hours returns the same member.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "What to change; absent fields stay as they are, null clears." })
export class UpdateMemberInput extends MemberDescriptionInput implements MemberChange {
  @Field(() => ID, { description: "Which member." })
  memberId!: string;

  @Field(() => String, {
    nullable: true,
    description: "Unique in the organization, upper and lower case the same.",
  })
  emailAddress?: string | null;

  @Field(() => MemberStatusEnum, {
    nullable: true,
    description: "Whether the member gets sessions; INACTIVE ends those under way for good.",
  })
  status?: MemberStatus | null;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the member still has this version.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Which member to delete." })
export class DeleteMemberInput implements MemberRef {
  @Field(() => ID, { description: "Which member." })
  memberId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the member still has this version.",
  })
  expectedVersion?: number | null;
}

@InputType("MemberFilter", {
  description: "Narrows a list of members; all given conditions must hold.",
})
export class MemberFilterInput implements MemberFilter {
  @Field(() => String, {
    nullable: true,
    description: "Has this email address, in upper or lower case.",
  })
  emailAddress?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Part of the email address, in upper or lower case.",
  })
  emailContains?: string | null;

  @Field(() => String, { nullable: true, description: "Part of the name, in upper or lower case." })
  nameContains?: string | null;

  @Field(() => String, { nullable: true, description: "Has this external id." })
  externalId?: string | null;

  @Field(() => MemberStatusEnum, { nullable: true, description: "Has this status." })
  status?: MemberStatus | null;
}

export enum MemberOrderFieldEnum {
  CREATED_AT = "CREATED_AT",
  UPDATED_AT = "UPDATED_AT",
  NAME = "NAME",
}
registerEnumType(MemberOrderFieldEnum, {
  name: "MemberOrderField",
  description: "What a list of members is ordered by.",
  valuesConfig: {
    CREATED_AT: { description: "Time of creation." },
    UPDATED_AT: { description: "Time of the last change." },
    NAME: { description: "Name, upper and lower case the same; members without one come first." },
  },
});

@InputType("MemberOrder", { description: "Order of a list of members." })
export class MemberOrderInput implements MemberOrder {
  @Field(() => MemberOrderFieldEnum, { description: "What to order by." })
  field!: MemberOrder["field"];

  @Field(() => OrderDirectionEnum, { description: "Which end comes first." })
  direction!: MemberOrder["direction"];
}
