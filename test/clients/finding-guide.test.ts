import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { operationsOf } from "../support/markdown-blocks.js";
import { createClient, issueToken, START_ROTATION } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const operations = operationsOf("docs/finding-clients.md");

describe("the guide to finding clients", () => {
  let server: TestServer;
  let apiId: string;

  beforeAll(async () => {
    server = await startTestServer();
    server.clock.advance(
      (Date.parse("2026-08-01T00:00:00Z") - server.clock.now().getTime()) / 1000,
    );
    const api = await createApi(server.operator);
    apiId = api.apiId;
    const old = await createClient(server.operator, { name: "old" });
    await issueToken(server.anonymous, old);
    await server.services.authenticator.lastUsed.flush();
    await createGrant(server.operator, old, api);
    server.clock.advance(60 * 24 * 3600);
    const expiresAt = "2026-12-24T00:00:00Z";
    const { clientId } = await createClient(server.operator, { name: "new", expiresAt });
    await server.operator.request(START_ROTATION, { input: { clientId } });
  });

  afterAll(async () => {
    await server.stop();
  });

  const run = (name: string, variables: object = {}) =>
    server.operator.request(operations.get(name) ?? "", variables);

  test.each([
    ["OldSecrets", ["old"]],
    ["NeverUsed", ["new"]],
    ["NotUsedForLong", ["old"]],
    ["ClientsOfApi", ["old"]],
    ["ExpiringClients", ["new"]],
  ])("finds clients by %s", async (name, names) => {
    const { nodes } = (await run(name, { apiId })).clients;
    expect(nodes.map((client: { name: string }) => client.name)).toEqual(names);
  });

  test("finds rotations", async () => {
    const { overlaps, staged, withoutSecret } = await run("Rotations");
    expect([overlaps, staged, withoutSecret].map(({ totalCount }) => totalCount)).toEqual([
      0, 1, 0,
    ]);
  });

  test("finds the clients of a user, and of a region", async () => {
    const { clientId } = (await run("CreateClientOfUser42")).createClient.client;
    for (const name of ["ClientsOfUser42", "ClientsOfRegion42", "ClientsOfRegions"]) {
      expect((await run(name)).clients.nodes).toMatchObject([{ clientId }]);
    }
  });
});
