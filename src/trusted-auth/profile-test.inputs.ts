import { ArgsType, Field, ID } from "type-graphql";
import type { ProfileTestInput } from "./profile-test.service.js";

@ArgsType()
export class TestProfileArgs implements ProfileTestInput {
  @Field(() => ID, { description: "Id of the profile." })
  profileId!: string;

  @Field(() => String, { description: "The foreign JWT, up to 16 KiB." })
  token!: string;

  @Field(() => ID, {
    nullable: true,
    description: "Id of the organization that a caller of `attestSession` would give.",
  })
  organizationId?: string | null;
}
