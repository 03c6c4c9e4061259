import { Field, InputType } from "type-graphql";
import { graphqlEnum } from "../../graphql-types/graphql-enum.js";
import type { ProfilePresetSettings } from "./fill-from-preset.js";
import { PROFILE_PRESETS, type ProfileProvider } from "./profile-presets.js";

const descriptions = Object.fromEntries(
  Object.entries(PROFILE_PRESETS).map(([provider, { description }]) => [provider, description]),
) as Record<ProfileProvider, string>;

const ProfileProviderEnum = graphqlEnum<ProfileProvider>(
  "ProfileProvider",
  "An issuer whose tokens have a documented shape, and what to give to create a profile for it.",
  descriptions,
);

@InputType({
  description:
    "A provider, and what you know of it. It fills what its documents say, and the profile keeps the result. What is given beside it wins: settings, attributes of the mapping, and claim conditions on the same claim.",
})
export class ProfilePresetInput implements ProfilePresetSettings {
  @Field(() => ProfileProviderEnum, { description: "Who issues the tokens." })
  provider!: ProfileProvider;

  @Field(() => String, {
    nullable: true,
    description:
      "A host name, perhaps with a port, without `https://` and path: the one that the provider gave you, a custom domain, or your own server.",
  })
  domain?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Tenant (Entra, Firebase), authorization server (Okta), user pool (Cognito) or realm (Keycloak).",
  })
  tenantId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Reference of a Supabase project, or id of a Firebase project.",
  })
  projectId?: string | null;
}
