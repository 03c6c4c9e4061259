// What an operator does once, before users have API keys.
import type { ManagementClient } from "@countersign/sdk/management";

/** The owner of a client, and what the application knows of it, go into each of its access tokens. */
const CLAIMS_TEMPLATE = `{
  "user_id": {{ client.owner.id }},
  "plan": {{ client.trusted_metadata.plan || "free" }}
}`;

/** @param identifier the audience of tokens for the API */
export async function registerApi(management: ManagementClient, identifier: string) {
  await management.updateProject({ claimsTemplate: CLAIMS_TEMPLATE });
  const { api } = await management.createApi({
    identifier,
    name: "Reports",
    scopes: [{ value: "read:reports" }],
    tokenProfile: "RFC9068",
    accessTokenLifetimeSeconds: 600, // for so long a deleted key may still be used
  });
  return api.apiId;
}

/** @returns the secret of a management key that can do what the application does, and no more */
export async function registerApplication(management: ManagementClient) {
  const { secret } = await management.createManagementKey({
    name: "Application",
    permissions: ["CLIENTS_READ", "CLIENTS_WRITE"],
  });
  return secret;
}
