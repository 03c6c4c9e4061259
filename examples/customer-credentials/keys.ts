// What the application's backend does with Countersign: API keys of its users, each a client with an owner.
import { createManagementClient } from "@countersign/sdk/management";

const { COUNTERSIGN_URL = "", COUNTERSIGN_PROJECT_ID = "", COUNTERSIGN_SECRET = "" } = process.env;
const { API_ID = "" } = process.env;

const management = createManagementClient({
  url: COUNTERSIGN_URL,
  projectId: COUNTERSIGN_PROJECT_ID,
  secret: COUNTERSIGN_SECRET, // of a management key with clients:read and clients:write
});

/** @param userId from your own sign-in, never from the request */
export async function createKey(userId: string, name: string, plan: string) {
  const { client, clientSecret } = await management.createClient({
    name,
    scopes: [],
    owner: { externalId: userId },
    trustedMetadata: { plan },
  });
  const { clientId } = client;
  await management.createClientGrant({ clientId, apiId: API_ID, scopes: ["read:reports"] });
  return { clientId, clientSecret }; // shown once
}

export async function listKeys(userId: string) {
  const keys = [];
  const ofUser = { filter: { owner: { externalId: userId } } };
  for await (const { clientId, name, secrets } of management.pages("clients", ofUser)) {
    keys.push({ clientId, name, lastFour: secrets.map(({ lastFour }) => lastFour) });
  }
  return keys;
}

/** The former secret works for a day more. */
export async function rotateKey(userId: string, clientId: string) {
  await assertOwnKey(userId, clientId);
  const { clientSecret } = await management.rotateSecret({ clientId });
  return { clientId, clientSecret };
}

export async function deleteKey(userId: string, clientId: string) {
  await assertOwnKey(userId, clientId);
  await management.deleteClient({ clientId });
}

export class NoSuchKey extends Error {}

/** A management key reaches the clients of all users, and the id comes from the request. */
async function assertOwnKey(userId: string, clientId: string) {
  const filter = { clientIds: [clientId], owner: { externalId: userId } };
  const { nodes } = await management.clients({ filter });
  if (nodes.length === 0) throw new NoSuchKey("No such key");
}
