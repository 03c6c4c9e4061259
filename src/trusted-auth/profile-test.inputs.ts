import { Field, ID, InputType } from "type-graphql";
import type { ProfileTestInput } from "./profile-test.service.js";

@InputType({ description: "A token to test against a profile." })
export class TestProfileInput implements ProfileTestInput {
  @Field(() => ID, { description: "Id of the profile." })
  profileId!: string;

  @Field(() => String, { description: "The foreign JWT, up to 16 KiB." })
  token!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      "Id, slug or external id of the organization that a caller of `attestSession` would give.",
  })
  organizationId?: string | null;
}
