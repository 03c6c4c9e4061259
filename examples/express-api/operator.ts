// What an operator does: once for the API, once for each program that calls it, and now and then for its secret.
import { renameSync, writeFileSync } from "node:fs";
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

/**
 * Rotates the secret of a program that reads it from a file.
 * @param everyRunHasIt resolves when no run has the former secret any more
 */
export async function rotateSecret(
  management: ManagementClient,
  {
    clientId,
    file,
    everyRunHasIt,
  }: { clientId: string; file: string; everyRunHasIt: () => Promise<void> },
) {
  await management.rotate(clientId, {
    distribute: async (nextSecret) => {
      writeFileSync(`${file}.next`, nextSecret, { mode: 0o600 });
      renameSync(`${file}.next`, file); // no run sees half a file
      await everyRunHasIt(); // until now both secrets are valid, and then the former one ends
    },
  });
}
