import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  type ApiView,
  CREATE_GRANT,
  createApi,
  createGrant,
  DELETE_API,
  DELETE_GRANT,
  GET_GRANT,
  type GrantView,
  UPDATE_GRANT,
  updateApi,
} from "../oauth/oauth-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  DELETE_CLIENT,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const LIST = `query ($first: Int, $after: String, $filter: ClientGrantFilter) {
  clientGrants(first: $first, after: $after, filter: $filter) {
    nodes { clientGrantId } pageInfo { hasNextPage endCursor } totalCount
  }
}`;

describe("client grants", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let api: ApiView;

  beforeAll(async () => {
    server = await startTestServer();
  });

  beforeEach(async () => {
    client = await createClient(server.operator);
    api = await createApi(server.operator);
  });

  afterAll(async () => {
    await server.stop();
  });

  const find = async (clientGrantId: string, as = server.operator): Promise<GrantView | null> =>
    (await as.request(GET_GRANT, { clientGrantId })).clientGrant;
  const update = async (input: object): Promise<GrantView> =>
    (await server.operator.request(UPDATE_GRANT, { input })).updateClientGrant.clientGrant;
  const createFailure = async (input: object, as = server.operator) => {
    const { clientId } = client;
    const { apiId } = api;
    const variables = { input: { clientId, apiId, ...input } };
    return (await as.failure(CREATE_GRANT, variables)).extensions;
  };
  const updateFailure = async (input: object, as = server.operator) =>
    (await as.failure(UPDATE_GRANT, { input })).extensions;
  const deleteFailure = async (input: object, as = server.operator) =>
    (await as.failure(DELETE_GRANT, { input })).extensions;
  const listed = async (filter: object, as: GraphqlClient = server.operator): Promise<string[]> =>
    (await as.request(LIST, { filter, first: 200 })).clientGrants.nodes.map(
      ({ clientGrantId }: GrantView) => clientGrantId,
    );
  const NOT_FOUND = { code: "CLIENT_GRANT_NOT_FOUND" };

  test("are created with defaults and can be read back", async () => {
    const now = server.clock.now().toISOString();
    const grant = await createGrant(server.operator, client, api, {});
    expect(grant).toEqual({
      clientGrantId: expect.stringMatching(/^grant_[0-9A-Za-z]{22}$/),
      clientId: client.clientId,
      apiId: api.apiId,
      scopes: [],
      allScopes: false,
      accessTokenLifetimeSeconds: null,
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
    expect(await find(grant.clientGrantId)).toEqual(grant);
    for (const unknown of ["grant_unknown", "", "a\u0000"]) expect(await find(unknown)).toBeNull();
  });

  test("are updated field by field", async () => {
    const scopes = ["read:invoices", "read:invoices"];
    const grant = await createGrant(server.operator, client, api, { scopes });
    expect(grant.scopes).toEqual(["read:invoices"]);
    const { clientGrantId } = grant;
    server.clock.advance(5);
    const updatedAt = server.clock.now().toISOString();
    const expected = { ...grant, updatedAt };
    for (const change of [
      { scopes: ["write:invoices"] },
      { accessTokenLifetimeSeconds: 60 },
      { accessTokenLifetimeSeconds: null },
      { scopes: [], allScopes: true },
      { allScopes: false, scopes: ["read:invoices"] },
    ]) {
      Object.assign(expected, change, { version: expected.version + 1 });
      expect(await update({ clientGrantId, ...change })).toEqual(expected);
    }
  });

  test.each([
    ["a scope that the API does not define", { scopes: ["read:invoices", "x"] }, ["scopes", 1]],
    ["a malformed scope", { scopes: ["a b"] }, ["scopes", 0]],
    ["scopes beside all scopes", { scopes: ["read:invoices"], allScopes: true }, ["scopes"]],
    [
      "a lifetime of 59 seconds",
      { accessTokenLifetimeSeconds: 59 },
      ["accessTokenLifetimeSeconds"],
    ],
    [
      "1001 scopes",
      { scopes: Array.from({ length: 1001 }, (_, index) => `s${index}`) },
      ["scopes"],
    ],
  ])("are refused with %s", async (_what, change, path) => {
    const refusal = { code: "BAD_USER_INPUT", path: ["input", ...path] };
    expect(await createFailure(change)).toEqual(refusal);
    const { clientGrantId } = await createGrant(server.operator, client, api, {});
    expect(await updateFailure({ clientGrantId, ...change })).toEqual(refusal);
    expect(await find(clientGrantId)).toMatchObject({ scopes: [], version: 1 });
  });

  test("require an existing client and an existing API", async () => {
    const unknown = { clientId: "client_unknown" };
    expect(await createFailure(unknown)).toEqual({ code: "CLIENT_NOT_FOUND" });
    expect(await createFailure({ apiId: "api_unknown" })).toEqual({ code: "API_NOT_FOUND" });
    const nul = await createFailure({ clientId: "\u0000" });
    expect(nul).toEqual({ code: "BAD_USER_INPUT", path: ["input", "clientId"] });
  });

  test("are unique for each client and API", async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        server.operator.send(CREATE_GRANT, {
          input: { clientId: client.clientId, apiId: api.apiId },
        }),
      ),
    );
    const codes = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code));
    expect(codes).toEqual(["ALREADY_EXISTS", "ALREADY_EXISTS", "ALREADY_EXISTS", "ALREADY_EXISTS"]);
    await createGrant(server.operator, await createClient(server.operator), api);
    await createGrant(server.operator, client, await createApi(server.operator));
  });

  test("are created once for an idempotency key", async () => {
    const input = { allScopes: true, idempotencyKey: "grant-once" };
    const first = await createGrant(server.operator, client, api, input);
    expect(await createGrant(server.operator, client, api, input)).toEqual(first);
    const other = { ...input, allScopes: false };
    expect(await createFailure(other)).toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
  });

  test("are updated and deleted only if the expected version is the current one", async () => {
    const { clientGrantId } = await createGrant(server.operator, client, api);
    const conflict = { code: "VERSION_CONFLICT", path: ["input", "expectedVersion"] };
    expect(await updateFailure({ clientGrantId, expectedVersion: 2 })).toEqual(conflict);
    expect(await deleteFailure({ clientGrantId, expectedVersion: 2 })).toEqual(conflict);
    await update({ clientGrantId, accessTokenLifetimeSeconds: 60, expectedVersion: 1 });
    await server.operator.request(DELETE_GRANT, { input: { clientGrantId, expectedVersion: 2 } });
    expect(await find(clientGrantId)).toBeNull();
    expect(await deleteFailure({ clientGrantId })).toEqual(NOT_FOUND);
    expect(await updateFailure({ clientGrantId })).toEqual(NOT_FOUND);
  });

  test("can be updated after the API has removed one of their scopes", async () => {
    const scopes = ["read:invoices", "write:invoices"];
    const { clientGrantId } = await createGrant(server.operator, client, api, { scopes });
    await updateApi(server.operator, { apiId: api.apiId, scopes: [{ value: "write:invoices" }] });
    const changed = await update({ clientGrantId, accessTokenLifetimeSeconds: 600 });
    expect(changed["accessTokenLifetimeSeconds"]).toBe(600);
    const named = await updateFailure({ clientGrantId, scopes });
    expect(named).toEqual({ code: "BAD_USER_INPUT", path: ["input", "scopes", 0] });
  });

  test("are listed newest first, by client, by API and by both", async () => {
    const [otherClient, otherApi] = [
      await createClient(server.operator),
      await createApi(server.operator),
    ];
    const created: string[] = [];
    for (const [grantee, target] of [
      [client, api],
      [client, otherApi],
      [otherClient, api],
    ] as const) {
      server.clock.advance(1);
      created.unshift((await createGrant(server.operator, grantee, target)).clientGrantId);
    }
    const [third, second, first] = created;
    const { clientId } = client;
    const { apiId } = api;
    expect(await listed({ clientId })).toEqual([second, first]);
    expect(await listed({ apiId })).toEqual([third, first]);
    expect(await listed({ clientId, apiId })).toEqual([first]);
    for (const none of [{ clientId: "nobody" }, { clientId: "" }, { apiId: "" }]) {
      expect(await listed(none)).toEqual([]);
    }
    expect((await listed({ clientId: null, apiId: null })).slice(0, 3)).toEqual(created);
    expect((await listed({})).slice(0, 3)).toEqual(created);
    const page = (await server.operator.request(LIST, { first: 1, filter: { clientId } }))
      .clientGrants;
    expect(page).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: true } });
    const after = page.pageInfo.endCursor;
    const next = await server.operator.request(LIST, { first: 1, after, filter: { clientId } });
    expect(next.clientGrants.nodes).toEqual([{ clientGrantId: first }]);
    const { extensions } = await server.operator.failure(LIST, { filter: { apiId: "\u0000" } });
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["filter", "apiId"] });
  });

  test("are a field of their client and link to their API", async () => {
    const { clientGrantId } = await createGrant(server.operator, client, api);
    const data = await server.operator.request(
      `query ($clientId: ID!) { client(clientId: $clientId) {
        grants(first: 10) { nodes { clientGrantId api { identifier scopes { value } } } totalCount }
      } }`,
      { clientId: client.clientId },
    );
    expect(data.client.grants).toEqual({
      nodes: [
        {
          clientGrantId,
          api: {
            identifier: api.identifier,
            scopes: [{ value: "read:invoices" }, { value: "write:invoices" }],
          },
        },
      ],
      totalCount: 1,
    });
  });

  test("of another project are reported as not found", async () => {
    const other = await server.otherProject();
    const { clientGrantId } = await createGrant(server.operator, client, api);
    expect(await find(clientGrantId, other.operator)).toBeNull();
    expect(await listed({}, other.operator)).toEqual([]);
    expect(await updateFailure({ clientGrantId }, other.operator)).toEqual(NOT_FOUND);
    expect(await deleteFailure({ clientGrantId }, other.operator)).toEqual(NOT_FOUND);
    expect(await createFailure({}, other.operator)).toEqual({ code: "CLIENT_NOT_FOUND" });
    const otherClient = await createClient(other.operator);
    const { clientId } = otherClient;
    expect(await createFailure({ clientId }, other.operator)).toEqual({ code: "API_NOT_FOUND" });
    expect(await find(clientGrantId)).not.toBeNull();
  });

  test("are deleted together with their client and with their API", async () => {
    const first = await createGrant(server.operator, client, api);
    const second = await createGrant(server.operator, client, await createApi(server.operator));
    const third = await createGrant(server.operator, await createClient(server.operator), api);
    const { clientId } = client;
    await server.operator.request(DELETE_CLIENT, { input: { clientId } });
    expect(await find(first.clientGrantId)).toBeNull();
    expect(await find(second.clientGrantId)).toBeNull();
    expect(await find(third.clientGrantId)).not.toBeNull();
    await server.operator.request(DELETE_API, { input: { apiId: api.apiId } });
    expect(await find(third.clientGrantId)).toBeNull();
  });

  test("require their permissions", async () => {
    const { clientGrantId } = await createGrant(server.operator, client, api);
    const reader = await server.keyWith("clients:read");
    await find(clientGrantId, reader);
    expect((await createFailure({}, reader)).code).toBe("FORBIDDEN");
    expect((await updateFailure({ clientGrantId }, reader)).code).toBe("FORBIDDEN");
    expect((await deleteFailure({ clientGrantId }, reader)).code).toBe("FORBIDDEN");
    const writer = await server.keyWith("clients:write", "apis:read");
    expect((await writer.failure(GET_GRANT, { clientGrantId })).extensions.code).toBe("FORBIDDEN");
    expect((await writer.failure(LIST)).extensions.code).toBe("FORBIDDEN");
  });
});
