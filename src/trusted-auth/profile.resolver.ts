import {
  Arg,
  Args,
  Authorized,
  FieldResolver,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { toConnection } from "../graphql-types/connection.js";
import { CurrentCaller } from "../graphql-types/current-caller.js";
import { PageArgs } from "../graphql-types/page-args.js";
import { Throws } from "../graphql-types/throws.js";
import type { KeySource } from "../key-sets/key-sources.js";
import type { Caller } from "../shared/caller.js";
import type { Requirement } from "../shared/permissions.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import { CreateProfileInput, DeleteProfileInput, UpdateProfileInput } from "./profile.inputs.js";
import {
  AddProfileKeyPayload,
  CreateProfilePayload,
  DeleteProfilePayload,
  ProfileConnection,
  ProfileType,
  RemoveProfileKeyPayload,
  UpdateProfilePayload,
} from "./profile.payloads.js";
import type { ProfileService } from "./profile.service.js";
import { AddProfileKeyInput, RemoveProfileKeyInput } from "./profile-key.inputs.js";
import type { ProfileKeys } from "./profile-keys.js";

const CONTAINED =
  "What its tokens can do needs that permission too: `sessions:write` to identify members, `members:write` to create or change them, `organizations:write` to create organizations, `clients:write` for a client.";

@Resolver(() => ProfileType)
export class ProfileResolver {
  constructor(
    private readonly profiles: ProfileService,
    private readonly profileKeys: ProfileKeys,
  ) {}

  @FieldResolver()
  keys(@Root() profile: TrustedAuthProfile): KeySource {
    return profile;
  }

  @Authorized<Requirement>("profiles:read")
  @Query(() => ProfileType, {
    nullable: true,
    description: "A trusted auth profile by its id; null if there is none.",
  })
  profile(
    @CurrentCaller() caller: Caller,
    @Arg("profileId", () => ID, { description: "Id of the profile." }) profileId: string,
  ) {
    return this.profiles.find(caller, profileId);
  }

  @Authorized<Requirement>("profiles:read")
  @Query(() => ProfileConnection, {
    name: "profiles",
    description: "The trusted auth profiles of the project, newest first.",
  })
  async listProfiles(@CurrentCaller() caller: Caller, @Args(() => PageArgs) page: PageArgs) {
    return toConnection(await this.profiles.list(caller, page));
  }

  @Authorized<Requirement>("profiles:write")
  @Throws("CLIENT_NOT_FOUND", "ORGANIZATION_NOT_FOUND", "IDEMPOTENCY_CONFLICT", "PROFILE_NOT_FOUND")
  @Mutation(() => CreateProfilePayload, {
    description: `Creates a trusted auth profile, from its settings or from a preset of a known issuer. ${CONTAINED}`,
  })
  async createProfile(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => CreateProfileInput, { description: "The new profile." })
    input: CreateProfileInput,
  ) {
    return { profile: await this.profiles.create(caller, input) };
  }

  @Authorized<Requirement>("profiles:write")
  @Throws("CLIENT_NOT_FOUND", "ORGANIZATION_NOT_FOUND", "PROFILE_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => UpdateProfilePayload, {
    description: `Changes a trusted auth profile. ${CONTAINED} Ending \`publicExchange\` needs none.`,
  })
  async updateProfile(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => UpdateProfileInput, { description: "What to change." })
    input: UpdateProfileInput,
  ) {
    return { profile: await this.profiles.update(caller, input) };
  }

  @Authorized<Requirement>("profiles:write")
  @Throws("PROFILE_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => DeleteProfilePayload, {
    description: "Deletes a trusted auth profile; its sessions stay active.",
  })
  async deleteProfile(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => DeleteProfileInput, { description: "The profile to delete." })
    input: DeleteProfileInput,
  ) {
    return { profileId: await this.profiles.delete(caller, input) };
  }

  @Authorized<Requirement>("profiles:write")
  @Throws("ALREADY_EXISTS", "PROFILE_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => AddProfileKeyPayload, {
    description: `Adds a key to a profile with \`publicKeys\`. ${CONTAINED}`,
  })
  async addProfileKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => AddProfileKeyInput, { description: "The key." }) input: AddProfileKeyInput,
  ) {
    return { profile: await this.profileKeys.add(caller, input) };
  }

  @Authorized<Requirement>("profiles:write")
  @Throws("PROFILE_NOT_FOUND", "VERSION_CONFLICT")
  @Mutation(() => RemoveProfileKeyPayload, {
    description:
      "Removes a key from a profile; tokens that it has signed are rejected from now on.",
  })
  async removeProfileKey(
    @CurrentCaller() caller: Caller,
    @Arg("input", () => RemoveProfileKeyInput, { description: "The key to remove." })
    input: RemoveProfileKeyInput,
  ) {
    return { profile: await this.profileKeys.remove(caller, input) };
  }
}
