import { Arg, Args, Authorized, ID, Mutation, Query, Resolver } from "type-graphql";
import type { Caller } from "../shared/caller.js";
import { connectionOf } from "../shared/connection.js";
import { CurrentCaller } from "../shared/current-caller.js";
import { PageArgs } from "../shared/page-args.js";
import type { Requirement } from "../shared/permissions.js";
import {
  AddProfileKeyInput,
  CreateProfileInput,
  DeleteProfileInput,
  RemoveProfileKeyInput,
  UpdateProfileInput,
} from "./profile.inputs.js";
import {
  AddProfileKeyPayload,
  CreateProfilePayload,
  DeleteProfilePayload,
  RemoveProfileKeyPayload,
  TrustedAuthProfileConnection,
  TrustedAuthProfileType,
  UpdateProfilePayload,
} from "./profile.payloads.js";
import type { ProfileService } from "./profile.service.js";
import type { ProfileKeys } from "./profile-keys.js";

@Resolver(() => TrustedAuthProfileType)
export class ProfileResolver {
  constructor(
    private readonly profiles: ProfileService,
    private readonly keys: ProfileKeys,
  ) {}

  @Authorized<Requirement>("profiles:read")
  @Query(() => TrustedAuthProfileType, {
    nullable: true,
    description: "A trusted auth profile by its id; null if there is none.",
  })
  profile(
    @CurrentCaller() caller: Caller,
    @Arg("profileId", () => ID, { description: "Which profile." }) profileId: string,
  ) {
    return this.profiles.find(caller, profileId);
  }

  @Authorized<Requirement>("profiles:read")
  @Query(() => TrustedAuthProfileConnection, {
    name: "profiles",
    description: "The trusted auth profiles of the project, newest first.",
  })
  async list(@CurrentCaller() caller: Caller, @Args(() => PageArgs) page: PageArgs) {
    return connectionOf(await this.profiles.list(caller, page));
  }

  @Authorized<Requirement>("profiles:write")
  @Mutation(() => CreateProfilePayload, { description: "Creates a trusted auth profile." })
  async createProfile(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateProfileInput, { description: "The new profile." })
    input: CreateProfileInput,
  ) {
    return { profile: await this.profiles.create(caller, input) };
  }

  @Authorized<Requirement>("profiles:write")
  @Mutation(() => UpdateProfilePayload, { description: "Changes a trusted auth profile." })
  async updateProfile(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateProfileInput, { description: "What to change." })
    input: UpdateProfileInput,
  ) {
    return { profile: await this.profiles.update(caller, input) };
  }

  @Authorized<Requirement>("profiles:write")
  @Mutation(() => DeleteProfilePayload, {
    description: "Deletes a trusted auth profile; the sessions that it gave go on.",
  })
  async deleteProfile(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteProfileInput, { description: "Which profile." })
    input: DeleteProfileInput,
  ) {
    return { profileId: await this.profiles.delete(caller, input) };
  }

  @Authorized<Requirement>("profiles:write")
  @Mutation(() => AddProfileKeyPayload, {
    description: "Lets a further key sign, for a profile whose keys are not at a URL.",
  })
  async addProfileKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => AddProfileKeyInput, { description: "The key." }) input: AddProfileKeyInput,
  ) {
    return { profile: await this.keys.add(caller, input) };
  }

  @Authorized<Requirement>("profiles:write")
  @Mutation(() => RemoveProfileKeyPayload, {
    description: "Takes a key away; what it has signed is refused from now on.",
  })
  async removeProfileKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RemoveProfileKeyInput, { description: "Which key." })
    input: RemoveProfileKeyInput,
  ) {
    return { profile: await this.keys.remove(caller, input) };
  }
}
