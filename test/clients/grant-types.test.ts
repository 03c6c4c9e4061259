import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  type ClientView,
  type Credentials,
  createClient,
  importClient,
  issueToken,
  tokenFailure,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("the grant types of a client", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const requestToken = async ({ clientId, clientSecret }: Credentials) => {
    const response = await fetch(`${server.url}/projects/${server.projectId}/oauth/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { error = null } = (await response.json()) as { error?: string };
    return [response.status, error];
  };
  const grantTypes = async (clientId: string) => {
    const query = `query ($clientId: ID!) { client(clientId: $clientId) { grantTypes } }`;
    return (await server.operator.request(query, { clientId })).client.grantTypes;
  };

  test("are the client credentials grant by default", async () => {
    const client = await createClient(server.operator);
    expect(await grantTypes(client.clientId)).toEqual(["CLIENT_CREDENTIALS"]);
    const nulled = await createClient(server.operator, { grantTypes: null });
    expect(await grantTypes(nulled.clientId)).toEqual(["CLIENT_CREDENTIALS"]);
  });

  test("can be disabled and enabled again", async () => {
    const client: ClientView & Credentials = await createClient(server.operator, {
      grantTypes: [],
    });
    const { clientId } = client;
    expect(await requestToken(client)).toEqual([400, "unauthorized_client"]);
    const refused = await tokenFailure(server.anonymous, client);
    expect(refused.extensions.code).toBe("UNAUTHORIZED_CLIENT");
    await updateClient(server.operator, { clientId, name: "Renamed" });
    expect(await grantTypes(clientId)).toEqual([]);

    await updateClient(server.operator, { clientId, grantTypes: ["CLIENT_CREDENTIALS"] });
    expect(await requestToken(client)).toEqual([200, null]);
    await issueToken(server.anonymous, client);
  });

  test("can be given to an imported client", async () => {
    const imported = { clientId: "workload-only", clientSecret: "an imported secret, 27 chars" };
    await importClient(server.operator, { ...imported, grantTypes: [] });
    expect(await requestToken(imported)).toEqual([400, "unauthorized_client"]);
  });

  test("are not revealed to a caller with a wrong secret", async () => {
    const { clientId } = await createClient(server.operator, { grantTypes: [] });
    expect(await requestToken({ clientId, clientSecret: "wrong" })).toEqual([
      401,
      "invalid_client",
    ]);
  });
});
