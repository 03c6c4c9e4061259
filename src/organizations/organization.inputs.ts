import { Field, ID, InputType } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import { orderInput } from "../graphql-types/order.inputs.js";
import { TrustedMetadataInput } from "../shared/trusted-metadata.inputs.js";
import type { NewOrganization, OrganizationDescription } from "./build-organization.js";
import { MemberClientsInputType } from "./member-clients.inputs.js";
import type { OrganizationStatus } from "./organization.entity.js";
import { OrganizationStatusEnum } from "./organization.payloads.js";
import type { OrganizationChange } from "./organization.service.js";
import type { OrganizationFilter } from "./organization-list.js";
import type { OrganizationRef } from "./organization-store.js";

@InputType()
abstract class OrganizationDescriptionInput
  extends TrustedMetadataInput
  implements OrganizationDescription
{
  @Field(() => String, {
    nullable: true,
    description:
      "Slug, unique in the project: 2 to 128 characters from `A-Za-z0-9._~-`; derived from the name if never given.",
  })
  slug?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Your own id or the issuer's for the organization, unique in the project: 1 to 255 printable characters without white space at the ends, compared exactly.",
  })
  externalId?: string | null;

  @Field(() => MemberClientsInputType, {
    nullable: true,
    description:
      "How members manage clients with their session JWTs. Replaces the former value; null: they manage none.",
  })
  memberClients?: MemberClientsInputType | null;
}

@InputType({ description: "A new organization." })
export class CreateOrganizationInput
  extends Idempotent(OrganizationDescriptionInput)
  implements NewOrganization
{
  @Field(() => String, { description: "Display name, 1 to 128 characters." })
  name!: string;
}

@InputType({
  description:
    "Changes to an organization; absent fields stay unchanged. Null clears a field that can be empty, and is refused for others.",
})
export class UpdateOrganizationInput
  extends Versioned(OrganizationDescriptionInput)
  implements OrganizationChange
{
  @Field(() => ID, { description: "Id of the organization." })
  organizationId!: string;

  @Field(() => String, { nullable: true, description: "Display name, 1 to 128 characters." })
  name?: string | null;

  @Field(() => OrganizationStatusEnum, {
    nullable: true,
    description:
      "Whether its members get sessions; INACTIVE ends their active sessions for good, and stops the clients of both.",
  })
  status?: OrganizationStatus | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether this is the project's default organization; true replaces the former default.",
  })
  isDefault?: boolean | null;
}

@InputType({ description: "The organization to delete." })
export class DeleteOrganizationInput extends Versioned() implements OrganizationRef {
  @Field(() => ID, { description: "Id of the organization." })
  organizationId!: string;
}

@InputType("OrganizationFilter", {
  description: "Filter for a list of organizations; all given conditions must hold.",
})
export class OrganizationFilterInput implements OrganizationFilter {
  @Field(() => String, { nullable: true, description: "Part of the name, case-insensitive." })
  nameContains?: string | null;

  @Field(() => String, { nullable: true, description: "Organizations with this slug." })
  slug?: string | null;

  @Field(() => String, { nullable: true, description: "Organizations with this external id." })
  externalId?: string | null;

  @Field(() => OrganizationStatusEnum, {
    nullable: true,
    description: "Organizations with this status.",
  })
  status?: OrganizationStatus | null;
}

export const OrganizationOrderInput = orderInput("Organization", {
  CREATED_AT: "Time of creation.",
  UPDATED_AT: "Time of the last change.",
  NAME: "Name, case-insensitive.",
});
