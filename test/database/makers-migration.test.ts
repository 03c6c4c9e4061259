import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createDataSource } from "../../src/database/data-source.js";
import { Makers1797100000000 } from "../../src/database/migrations/1797100000000-makers.js";
import {
  type ApiView,
  createApi,
  createGrant,
  GET_API,
  issueAccessToken,
  issuerFor,
  postJson,
  send,
} from "../oauth/oauth-operations.js";
import { freshDatabase, revertMigrations, type TestDatabase } from "../support/database.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

let database: TestDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await freshDatabase();
  server = await startTestServer({ database: database.location });
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

async function migrateFromBefore(change: string) {
  await revertMigrations(database.location, Makers1797100000000);
  const dataSource = await createDataSource(database.location).initialize();
  await dataSource.query(change);
  await dataSource.runMigrations();
  await dataSource.destroy();
  await server.restart();
}

test("a database from before makers keeps registered clients as they are, and no introspection by nobody", async () => {
  const { operator, projectId } = server;
  const management: ApiView = await createApi(operator, {
    identifier: `${issuerFor(server)}/graphql`,
    scopes: [{ value: "clients:register" }],
  });
  const registrar = await createClient(operator, { scopes: ["read:users", "write:users"] });
  await createGrant(operator, registrar, management);
  const token = await issueAccessToken(server, registrar, { audience: management.identifier });
  const path = `/projects/${projectId}/oauth/register`;
  const metadata = { scope: "read:users", dpop_bound_access_tokens: true };
  const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });
  const { client_id, registration_access_token: by } = (
    await postJson(server, path, metadata, bearer(token))
  ).body;
  const kept = await createApi(operator, { introspectionClientId: registrar.clientId });
  const left = await createApi(operator);

  await migrateFromBefore(
    `UPDATE apis SET introspection_client_id = 'nobody' WHERE api_id = '${left.apiId}'`,
  );
  const put = async (change: object) => {
    const { status } = await send(server, `${path}/${client_id}`, {
      method: "PUT",
      headers: { ...bearer(by), "content-type": "application/json" },
      body: JSON.stringify({ client_id, ...metadata, ...change }),
    });
    return status;
  };
  expect(await put({ scope: "read:users write:users" })).toBe(400);
  expect(await put({ dpop_bound_access_tokens: false })).toBe(400);
  expect(await put({})).toBe(200);
  const introspectionClients = [];
  for (const { apiId } of [kept, left]) {
    const { api } = await server.operator.request(GET_API, { apiId });
    introspectionClients.push(api.introspectionClientId);
  }
  expect(introspectionClients).toEqual([registrar.clientId, null]);
  // Nobody knows who made the registrar's secret, and nothing is held against it.
  const other = await createApi(server.operator, {
    identifier: "https://later.example.com/graphql",
    scopes: [{ value: "clients:read" }],
  });
  await createGrant(server.operator, registrar, other);
});
