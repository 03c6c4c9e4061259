import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionType } from "../shared/connection.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { OrganizationStatus } from "./organization.entity.js";

export enum OrganizationStatusEnum {
  ACTIVE = "ACTIVE",
  INACTIVE = "INACTIVE",
}
registerEnumType(OrganizationStatusEnum, {
  name: "OrganizationStatus",
  description: "Whether the members of an organization get sessions.",
  valuesConfig: {
    ACTIVE: { description: "Its members get sessions." },
    INACTIVE: { description: "They get none, and those that they had have ended for good." },
  },
});

@ObjectType("Organization", { description: "A customer of yours; members belong to one." })
export class OrganizationType {
  @Field(() => ID, { description: "Id of the organization." })
  organizationId!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => String, { description: "Unique in the project, fit for URLs." })
  slug!: string;

  @Field(() => String, { nullable: true, description: "Your own id for it." })
  externalId!: string | null;

  @Field(() => OrganizationStatusEnum, { description: "Whether its members get sessions." })
  status!: OrganizationStatus;

  @Field(() => Boolean, {
    description: "Whether callers who name no organization mean this one; at most one is it.",
  })
  isDefault!: boolean;

  @Field(() => GraphQLJSONObject, { description: "Facts that only operators set." })
  trustedMetadata!: JsonObject;

  @Field(() => GraphQLDateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it was last changed." })
  updatedAt!: Date;

  @Field(() => Int, { description: "Grows with each change; see `expectedVersion`." })
  version!: number;
}

@ObjectType("OrganizationConnection", { description: "One page of a list of Organization." })
export class OrganizationConnection extends connectionType("Organization", OrganizationType) {}

@ObjectType({ description: "The new organization." })
export class CreateOrganizationPayload {
  @Field(() => OrganizationType, { description: "The new organization." })
  organization!: OrganizationType;
}

@ObjectType({ description: "The changed organization." })
export class UpdateOrganizationPayload {
  @Field(() => OrganizationType, { description: "The organization after the change." })
  organization!: OrganizationType;
}

@ObjectType({ description: "The deleted organization." })
export class DeleteOrganizationPayload {
  @Field(() => ID, { description: "Id of the deleted organization." })
  organizationId!: string;
}
