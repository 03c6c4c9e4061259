import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { MemberStatus } from "./member.entity.js";
import { MemberStatusEnum } from "./member.payloads.js";
import type { MemberChange, MemberDescription, MemberRef, NewMember } from "./member.service.js";

@InputType()
abstract class MemberDescriptionInput implements MemberDescription {
  @Field(() => String, { nullable: true, description: "Name of the person, 1 to 255 characters." })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Your own id for the member, unique in the organization: 1 to 128 characters out of `A-Za-z0-9._|-`.",
  })
  externalId?: string | null;

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
    description: "Whether the member's sessions count.",
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
