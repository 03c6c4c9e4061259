import { Arg, Authorized, Mutation, Resolver } from "type-graphql";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import { TestProfileInput } from "./profile-test.inputs.js";
import { TestProfilePayload } from "./profile-test.payloads.js";
import type { ProfileTester } from "./profile-test.service.js";

@Resolver()
export class ProfileTestResolver {
  constructor(private readonly tester: ProfileTester) {}

  @Authorized<Requirement>("profiles:read")
  @Mutation(() => TestProfilePayload, {
    description:
      "Tests a token against a profile and returns the result of each check. Changes nothing: it is a mutation because clients cache and log the arguments of queries. Allowed once per request.",
  })
  async testProfile(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => TestProfileInput, { description: "The token and the profile." })
    input: TestProfileInput,
  ) {
    return { profileTest: await this.tester.test(caller, input) };
  }
}
