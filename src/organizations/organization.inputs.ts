import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type {
  NewOrganization,
  OrganizationChange,
  OrganizationDescription,
  OrganizationRef,
} from "./organization.service.js";

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
