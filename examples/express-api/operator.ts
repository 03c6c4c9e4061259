// What an operator does, once for the API and once for each program that calls it.
import type { ManagementClient } from "@countersign/sdk/management";

/** @param identifier the audience of tokens for the API */
export async function registerApi(management: ManagementClient, identifier: string) {
  const { api } = await management.createApi({
    identifier,
    name: "Orders",
    scopes: [{ value: "orders:read" }, { value: "reports:write" }],
    tokenProfile: "RFC9068",
  });
  return api.apiId;
}

/** @returns the secret too, which is shown once */
export async function registerProgram(
  management: ManagementClient,
  { name, apiId, scopes }: { name: string; apiId: string; scopes: string[] },
) {
  const { client, clientSecret } = await management.createClient({ name, scopes: [] });
  const { clientId } = client;
  await management.createClientGrant({ clientId, apiId, scopes });
  return { clientId, clientSecret };
}
