import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  clientKey,
  issueAccessToken,
  postJson,
  requestToken,
  send,
} from "../oauth/oauth-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  CREATE_CLIENT,
  createClient,
  getClient,
  ROTATE_SECRET,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { OwnClientsWorld } from "./own-clients-world.js";

describe("a client that gets another owner", () => {
  let server: TestServer;
  let world: OwnClientsWorld;
  let operator: GraphqlClient;
  let customers = 0;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    world = await OwnClientsWorld.create(server);
  });

  afterAll(async () => {
    await server.stop();
  });

  const newOwner = () => ({ externalId: `customer-${++customers}` });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const endSecret = (clientId: string) =>
    operator.request(ROTATE_SECRET, { input: { clientId, overlapSeconds: 0 } });

  /** Registers a client (RFC 7591). */
  async function register(owner: object | null) {
    const { client: registrar } = await world.manager(owner, {
      permissions: ["clients:register"],
      client: { scopes: ["read:users", "write:users"] },
    });
    const { management } = world;
    const token = await issueAccessToken(server, registrar, { audience: management.identifier });
    const path = `/projects/${server.projectId}/oauth/register`;
    const { body } = await postJson(server, path, { scope: "read:users" }, bearer(token));
    const { client_id: clientId, registration_access_token: registrationToken } = body;
    const replace = (metadata: object) =>
      send(server, `${path}/${clientId}`, {
        method: "PUT",
        headers: { ...bearer(registrationToken), "content-type": "application/json" },
        body: JSON.stringify({ client_id: clientId, scope: "read:users", ...metadata }),
      });
    return { registrar, clientId, replace };
  }

  test("manages the new owner's clients with none of the tokens that it got before", async () => {
    for (const former of [newOwner(), null]) {
      const { caller, client } = await world.manager(former);
      await endSecret(client.clientId);
      const next = newOwner();
      const theirs = await createClient(operator, { owner: next });
      await updateClient(operator, { clientId: client.clientId, owner: next });
      const { extensions } = await caller.failure(CREATE_CLIENT, { input: { scopes: [] } });
      expect(extensions.code).toBe("UNAUTHENTICATED");
      expect((await requestToken(server, client)).status).toBe(401);
      const { clientSecret } = (await endSecret(client.clientId)).rotateSecret;
      const again = await world.callerOf({ ...client, clientSecret });
      expect((await getClient(again, theirs.clientId))?.clientId).toBe(theirs.clientId);
    }
  });

  test("is no longer managed by a registration token that the former owner may know", async () => {
    const { jwk } = await clientKey();
    const keys = { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [jwk] } };
    for (const owner of [newOwner(), null]) {
      const { clientId, replace } = await register(newOwner());
      expect((await replace({ client_name: "Before" })).status).toBe(200);
      await endSecret(clientId);
      await updateClient(operator, { clientId, owner });
      expect((await replace(keys)).status).toBe(401);
    }
    const { clientId, replace } = await register(null);
    await updateClient(operator, { clientId, owner: newOwner() });
    expect((await replace(keys)).status).toBe(200);
  });

  test("gets no more scopes of a registrar that belongs to somebody else", async () => {
    const more = { scope: "read:users write:users" };
    const { registrar, replace } = await register(newOwner());
    await updateClient(operator, { clientId: registrar.clientId, owner: newOwner() });
    expect(await replace(more)).toMatchObject({
      status: 400,
      body: { error: "invalid_client_metadata" },
    });
    expect((await replace({ client_name: "Same scopes" })).status).toBe(200);
    await updateClient(operator, { clientId: registrar.clientId, owner: null });
    expect((await replace(more)).status).toBe(200);
  });
});
