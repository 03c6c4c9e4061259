import { Args, Authorized, Query, Resolver } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import { TestProfileArgs } from "./profile-test.inputs.js";
import { ProfileTestType } from "./profile-test.payloads.js";
import type { ProfileTester } from "./profile-test.service.js";

@Resolver()
export class ProfileTestResolver {
  constructor(private readonly tester: ProfileTester) {}

  @Authorized<Requirement>("profiles:read")
  @Query(() => ProfileTestType, {
    description:
      "Tests a token against a profile without side effects, and returns the result of each check.",
  })
  testProfile(
    @CurrentCaller() caller: Caller,
    @Args(() => TestProfileArgs) input: TestProfileArgs,
  ) {
    return this.tester.test(caller, input);
  }
}
