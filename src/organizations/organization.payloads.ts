import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID } from "type-graphql";
import { connectionType } from "../graphql-types/connection.js";
import { graphqlEnum } from "../graphql-types/graphql-enum.js";
import { NodeObjectType } from "../graphql-types/node.js";
import { payloadType } from "../graphql-types/payload-type.js";
import { VersionedType } from "../graphql-types/versioned.payloads.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { MemberClients } from "./member-clients.js";
import { MemberClientsType } from "./member-clients.payloads.js";
import type { OrganizationStatus } from "./organization.entity.js";

export const OrganizationStatusEnum = graphqlEnum<OrganizationStatus>(
  "OrganizationStatus",
  "Whether the members of an organization get sessions, and the clients of both get tokens.",
  {
    ACTIVE: "Its members get sessions.",
    INACTIVE:
      "Its members get no sessions, and their former sessions have ended for good. Clients that belong to it or to them get no tokens, and those that they have are refused, until it is active again.",
  },
);

@NodeObjectType("Organization", "organizationId", {
  permission: "organizations:read",
  description: "One of your customers; each member belongs to one organization.",
})
export class OrganizationType extends VersionedType {
  @Field(() => ID, { description: "Id of the organization." })
  organizationId!: string;

  @Field(() => String, { description: "Display name." })
  name!: string;

  @Field(() => String, { description: "Slug for URLs, unique in the project." })
  slug!: string;

  @Field(() => String, { nullable: true, description: "Your own id for the organization." })
  externalId!: string | null;

  @Field(() => OrganizationStatusEnum, { description: "Whether its members get sessions." })
  status!: OrganizationStatus;

  @Field(() => Boolean, {
    description:
      "Whether this is the project's default organization, used when a caller names none; at most one is.",
  })
  isDefault!: boolean;

  @Field(() => MemberClientsType, {
    nullable: true,
    description: "How members manage clients with their session JWTs; null: they manage none.",
  })
  memberClients!: MemberClients | null;

  @Field(() => GraphQLJSONObject, { description: "Metadata that only operators set." })
  trustedMetadata!: JsonObject;
}

export const OrganizationConnection = connectionType("Organization", OrganizationType);

export const CreateOrganizationPayload = payloadType("CreateOrganizationPayload", {
  organization: { type: () => OrganizationType, description: "The new organization." },
});

export const UpdateOrganizationPayload = payloadType("UpdateOrganizationPayload", {
  organization: { type: () => OrganizationType, description: "The organization after the change." },
});

export const DeleteOrganizationPayload = payloadType("DeleteOrganizationPayload", {
  organizationId: { type: () => ID, description: "Id of the deleted organization." },
});
