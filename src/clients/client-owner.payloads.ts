import { Field, ID, ObjectType } from "type-graphql";
import type { ClientOwner } from "../shared/client-owner.js";

/** The class is a `ClientOwner`; its resolver has the fields. */
@ObjectType("ClientOwner", {
  description: "Whom a client belongs to: one of an organization, a member and an id of your own.",
})
export class ClientOwnerType implements ClientOwner {
  type!: ClientOwner["type"];
  id!: string;

  @Field(() => ID, { nullable: true, description: "Id of the organization." })
  organizationId?: string | null;

  @Field(() => ID, { nullable: true, description: "Id of the member." })
  memberId?: string | null;

  @Field(() => String, { nullable: true, description: "Your own id for a customer or user." })
  externalId?: string | null;
}
