import { Field, ID, InputType } from "type-graphql";
import type { ClientOwnerReference } from "./client-owner-rules.js";

@InputType({
  description:
    "Whom a client belongs to: exactly one of `organizationId`, `memberId` and `externalId`.",
})
export class ClientOwnerInput implements ClientOwnerReference {
  @Field(() => ID, { nullable: true, description: "Id of an organization." })
  organizationId?: string | null;

  @Field(() => ID, { nullable: true, description: "Id of a member." })
  memberId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Your own id for a customer or user: 1 to 255 printable characters without white space at the ends, compared exactly, and not of the form of a generated id, such as `member_` and 22 letters and digits.",
  })
  externalId?: string | null;
}
