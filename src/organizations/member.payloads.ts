import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionType } from "../shared/connection.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { MemberStatus } from "./member.entity.js";

export enum MemberStatusEnum {
  ACTIVE = "ACTIVE",
  INACTIVE = "INACTIVE",
}
registerEnumType(MemberStatusEnum, {
  name: "MemberStatus",
  description: "Whether a member gets and keeps sessions.",
  valuesConfig: {
    ACTIVE: { description: "The member gets sessions." },
    INACTIVE: { description: "The member gets none, and those that it had have ended for good." },
  },
});

@ObjectType("Member", { description: "A person in one organization." })
export class MemberType {
  @Field(() => ID, { description: "Id of the member, `sub` of the session JWTs." })
  memberId!: string;

  @Field(() => ID, { description: "Organization that the member belongs to." })
  organizationId!: string;

  @Field(() => String, { description: "Email address as it was given." })
  emailAddress!: string;

  @Field(() => String, { nullable: true, description: "Name of the person." })
  name!: string | null;

  @Field(() => String, { nullable: true, description: "Your own id for the member." })
  externalId!: string | null;

  @Field(() => [String], { description: "Claim `roles` of the session JWTs." })
  roles!: string[];

  @Field(() => MemberStatusEnum, { description: "Whether the member gets and keeps sessions." })
  status!: MemberStatus;

  @Field(() => GraphQLJSONObject, { description: "Facts that only operators set." })
  trustedMetadata!: JsonObject;

  @Field(() => GraphQLDateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it was last changed." })
  updatedAt!: Date;

  @Field(() => Int, { description: "Grows with each change; see `expectedVersion`." })
  version!: number;
}

@ObjectType("MemberConnection", { description: "One page of a list of Member." })
export class MemberConnection extends connectionType("Member", MemberType) {}

@ObjectType({ description: "The new member." })
export class CreateMemberPayload {
  @Field(() => MemberType, { description: "The new member." })
  member!: MemberType;
}

@ObjectType({ description: "The changed member." })
export class UpdateMemberPayload {
  @Field(() => MemberType, { description: "The member after the change." })
  member!: MemberType;
}

@ObjectType({ description: "The deleted member." })
export class DeleteMemberPayload {
  @Field(() => ID, { description: "Id of the deleted member." })
  memberId!: string;
}
