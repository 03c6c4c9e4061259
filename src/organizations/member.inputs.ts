import { Field, ID, InputType } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import { orderInput } from "../graphql-types/order.inputs.js";
import { TrustedMetadataInput } from "../shared/trusted-metadata.inputs.js";
import type { MemberStatus } from "./member.entity.js";
import { MemberStatusEnum } from "./member.payloads.js";
import type { MemberChange } from "./member.service.js";
import type { MemberFilter } from "./member-list.js";
import type { MemberDescription, MemberRef, NewMember } from "./member-store.js";

@InputType()
abstract class MemberDescriptionInput extends TrustedMetadataInput implements MemberDescription {
  @Field(() => String, { nullable: true, description: "Name of the person, 1 to 128 characters." })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Your own id or the issuer's for the member, unique in the organization: 1 to 255 printable characters without white space at the ends, compared exactly.",
  })
  externalId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Claim `roles` of the session JWTs: up to 250 roles of 1 to 255 printable characters without white space at the ends, and up to 8192 bytes of JSON; an update replaces the list.",
  })
  roles?: string[] | null;
}

@InputType({ description: "A new member of an organization." })
export class CreateMemberInput extends Idempotent(MemberDescriptionInput) implements NewMember {
  @Field(() => ID, { description: "Id of the organization." })
  organizationId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Email address, unique in the organization (case-insensitive); required unless there is an `externalId`.",
  })
  emailAddress?: string | null;
}

@InputType({
  description:
    "Changes to a member; absent fields stay unchanged. Null clears a field that can be empty, and is refused for others.",
})
export class UpdateMemberInput extends Versioned(MemberDescriptionInput) implements MemberChange {
  @Field(() => ID, { description: "Id of the member." })
  memberId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Email address, unique in the organization (case-insensitive). A member keeps an address or an external id.",
  })
  emailAddress?: string | null;

  @Field(() => MemberStatusEnum, {
    nullable: true,
    description:
      "Whether the member gets sessions; INACTIVE ends its active sessions for good, and stops its clients.",
  })
  status?: MemberStatus | null;
}

@InputType({ description: "The member to delete." })
export class DeleteMemberInput extends Versioned() implements MemberRef {
  @Field(() => ID, { description: "Id of the member." })
  memberId!: string;
}

@InputType("MemberFilter", {
  description: "Filter for a list of members; all given conditions must hold.",
})
export class MemberFilterInput implements MemberFilter {
  @Field(() => String, {
    nullable: true,
    description: "Members with this email address, case-insensitive.",
  })
  emailAddress?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Part of the email address, case-insensitive.",
  })
  emailContains?: string | null;

  @Field(() => String, { nullable: true, description: "Part of the name, case-insensitive." })
  nameContains?: string | null;

  @Field(() => String, { nullable: true, description: "Members with this external id." })
  externalId?: string | null;

  @Field(() => MemberStatusEnum, { nullable: true, description: "Members with this status." })
  status?: MemberStatus | null;
}

export const MemberOrderInput = orderInput("Member", {
  CREATED_AT: "Time of creation.",
  UPDATED_AT: "Time of the last change.",
  NAME: "Name, case-insensitive; members without a name come first in ascending order.",
});
