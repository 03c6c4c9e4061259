// What an operator does once, before users of a Supabase project have sessions.
import type { ManagementClient } from "@countersign/sdk/management";

/** @param issuer of the stand-in. For a project of Supabase's, give the preset its `projectId` in place of an issuer. */
export async function trustSupabase(management: ManagementClient, issuer: string) {
  const { profile } = await management.createProfile({
    name: "Supabase",
    preset: { provider: "SUPABASE" },
    issuer,
    claimConditions: [{ claim: "is_anonymous", operator: "EQUALS", values: ["false"] }],
    canJitProvision: true, // a user's first session makes the member
  });
  return profile.profileId;
}

/** @returns the secret of a management key that can do what the application does, and no more */
export async function registerApplication(management: ManagementClient) {
  const { secret } = await management.createManagementKey({
    name: "Application",
    permissions: ["SESSIONS_WRITE"],
  });
  return secret;
}
