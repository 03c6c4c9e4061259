import { Args, Authorized, Query, Resolver } from "type-graphql";
import type { Caller } from "../shared/caller.js";
import { CurrentCaller } from "../shared/current-caller.js";
import type { Requirement } from "../shared/permissions.js";
import { ProfileTestType, ProfileTrialArgs } from "./profile-test.payloads.js";
import type { ProfileTester } from "./profile-test.service.js";

@Resolver()
export class ProfileTestResolver {
  constructor(private readonly tester: ProfileTester) {}

  @Authorized<Requirement>("profiles:read")
  @Query(() => ProfileTestType, {
    description:
      "Tries a token without consequences: creates nothing, uses nothing up, says which check fails.",
  })
  testProfile(
    @CurrentCaller() caller: Caller,
    @Args(() => ProfileTrialArgs) trial: ProfileTrialArgs,
  ) {
    return this.tester.test(caller, trial);
  }
}
