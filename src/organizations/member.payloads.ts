import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { VersionedType } from "../graphql-types/versioned.payloads.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { MemberStatus } from "./member.entity.js";

export const MemberStatusEnum = graphqlEnum<MemberStatus>(
  "MemberStatus",
  "Whether a member gets and keeps sessions.",
  {
    ACTIVE: "The member gets sessions.",
    INACTIVE:
      "The member gets no sessions, and its former sessions have ended for good. Its clients get no tokens, and those that they have are refused, until it is active again.",
  },
);

@NodeObjectType("Member", "memberId", {
  permission: "members:read",
  description: "A person in one organization.",
})
export class MemberType extends VersionedType {
  @Field(() => ID, { description: "Id of the member, `sub` of the session JWTs." })
  memberId!: string;

  @Field(() => ID, { description: "Id of the member's organization." })
  organizationId!: string;

  @Field(() => String, {
    nullable: true,
    description: "Email address as it was given; null only if there is an external id.",
  })
  emailAddress!: string | null;

  @Field(() => String, { nullable: true, description: "Name of the person." })
  name!: string | null;

  @Field(() => String, { nullable: true, description: "Your own id or the issuer's." })
  externalId!: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "Id of the profile whose token created the member; null if none is known.",
  })
  provisionedByProfileId!: string | null;

  @Field(() => [String], { description: "Claim `roles` of the session JWTs." })
  roles!: string[];

  @Field(() => MemberStatusEnum, { description: "Whether the member gets and keeps sessions." })
  status!: MemberStatus;

  @Field(() => GraphQLJSONObject, { description: "Metadata that only operators set." })
  trustedMetadata!: JsonObject;
}

export const MemberConnection = connectionType("Member", MemberType);

export const CreateMemberPayload = payloadType("CreateMemberPayload", {
  member: { type: () => MemberType, description: "The new member." },
});

export const UpdateMemberPayload = payloadType("UpdateMemberPayload", {
  member: { type: () => MemberType, description: "The member after the change." },
});

export const DeleteMemberPayload = payloadType("DeleteMemberPayload", {
  memberId: { type: () => ID, description: "Id of the deleted member." },
});
