import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int, registerEnumType } from "type-graphql";
import { OrderDirectionEnum } from "../shared/order-direction.inputs.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { OrganizationStatus } from "./organization.entity.js";
import { OrganizationStatusEnum } from "./organization.payloads.js";
import type { OrganizationChange } from "./organization.service.js";
import type { OrganizationFilter, OrganizationOrder } from "./organization-list.js";
import type {
  NewOrganization,
  OrganizationDescription,
  OrganizationRef,
} from "./organization-store.js";

@InputType()
abstract class OrganizationDescriptionInput implements OrganizationDescription {
  @Field(() => String, {
    nullable: true,
    description:
      "Unique in the project: 2 to 128 characters out of `A-Za-z0-9._~-`; made from the name if never given.",
  })
  slug?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Your own id for it, unique in the project: 1 to 128 characters out of `A-Za-z0-9._|-`.",
  })
  externalId?: string | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "Up to 20 top-level keys and 4 KB of JSON. An update merges at the top level, null deletes a key.",
  })
  trustedMetadata?: JsonObject | null;
}

@InputType({ description: "A new organization." })
export class CreateOrganizationInput
  extends OrganizationDescriptionInput
  implements NewOrganization
{
  @Field(() => String, { description: "Name for people, 1 to 128 characters." })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: "Repeating the call within 24 hours returns the same organization.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "What to change; absent fields stay as they are, null clears." })
export class UpdateOrganizationInput
  extends OrganizationDescriptionInput
  implements OrganizationChange
{
  @Field(() => ID, { description: "Which organization." })
  organizationId!: string;

  @Field(() => String, { nullable: true, description: "Name for people, 1 to 128 characters." })
  name?: string | null;

  @Field(() => OrganizationStatusEnum, {
    nullable: true,
    description: "Whether its members get sessions; INACTIVE ends those under way for good.",
  })
  status?: OrganizationStatus | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether callers who name no organization mean this one. True takes that from the one which had it.",
  })
  isDefault?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the organization still has this version.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Which organization to delete." })
export class DeleteOrganizationInput implements OrganizationRef {
  @Field(() => ID, { description: "Which organization." })
  organizationId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Fails with CONFLICT unless the organization still has this version.",
  })
  expectedVersion?: number | null;
}

@InputType("OrganizationFilter", {
  description: "Narrows a list of organizations; all given conditions must hold.",
})
export class OrganizationFilterInput implements OrganizationFilter {
  @Field(() => String, { nullable: true, description: "Part of the name, in upper or lower case." })
  nameContains?: string | null;

  @Field(() => String, { nullable: true, description: "Has this slug." })
  slug?: string | null;

  @Field(() => String, { nullable: true, description: "Has this external id." })
  externalId?: string | null;

  @Field(() => OrganizationStatusEnum, { nullable: true, description: "Has this status." })
  status?: OrganizationStatus | null;
}

export enum OrganizationOrderFieldEnum {
  CREATED_AT = "CREATED_AT",
  UPDATED_AT = "UPDATED_AT",
  NAME = "NAME",
}
registerEnumType(OrganizationOrderFieldEnum, {
  name: "OrganizationOrderField",
  description: "What a list of organizations is ordered by.",
  valuesConfig: {
    CREATED_AT: { description: "Time of creation." },
    UPDATED_AT: { description: "Time of the last change." },
    NAME: { description: "Name, upper and lower case the same." },
  },
});

@InputType("OrganizationOrder", { description: "Order of a list of organizations." })
export class OrganizationOrderInput implements OrganizationOrder {
  @Field(() => OrganizationOrderFieldEnum, { description: "What to order by." })
  field!: OrganizationOrder["field"];

  @Field(() => OrderDirectionEnum, { description: "Which end comes first." })
  direction!: OrganizationOrder["direction"];
}
