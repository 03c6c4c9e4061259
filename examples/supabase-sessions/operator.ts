// What an operator does once, before users of a Supabase project have sessions.
import type { ManagementClient } from "@countersign/sdk/management";
import type { SupabaseAuth } from "./supabase-auth.ts";

/** @param standIn where it issues tokens. For a project of Supabase's, `projectId` says that: leave `issuer` and `keys` out. */
export async function trustSupabase(management: ManagementClient, standIn: SupabaseAuth) {
  const { profile } = await management.createProfile({
    name: "Supabase",
    preset: { provider: "SUPABASE", projectId: "abcdefghijklmnopqrst" },
    issuer: standIn.issuer,
    keys: { jwksUrl: standIn.jwksUrl },
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
