import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  apiInput,
  CREATE_API,
  createApi,
  createGrant,
  DELETE_API,
  GET_API,
  UPDATE_API,
  updateApi,
} from "../oauth/oauth-operations.js";
import { allPages } from "../support/all-pages.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const LIST = `query ($first: Int, $after: String) {
  apis(first: $first, after: $after) { nodes { apiId } pageInfo { hasNextPage endCursor } totalCount }
}`;

describe("APIs", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const find = async (apiId: string, as = server.operator) =>
    (await as.request(GET_API, { apiId })).api;
  const createFailure = async (input: object) =>
    (await server.operator.failure(CREATE_API, { input: apiInput(input) })).extensions;
  const updateFailure = async (input: object, as = server.operator) =>
    (await as.failure(UPDATE_API, { input })).extensions;
  const deleteFailure = async (input: object, as = server.operator) =>
    (await as.failure(DELETE_API, { input })).extensions;
  const NOT_FOUND = { code: "API_NOT_FOUND" };

  test("are created with defaults and can be read back", async () => {
    const now = server.clock.now().toISOString();
    const identifier = "https://api.example.com/v1";
    const api = await createApi(server.operator, { identifier, scopes: undefined });
    expect(api).toEqual({
      apiId: expect.stringMatching(/^api_[0-9A-Za-z]{22}$/),
      identifier,
      name: "Invoices",
      scopes: [],
      advertisedScopes: [],
      signingAlgorithm: null,
      accessTokenLifetimeSeconds: null,
      tokenProfile: "DEFAULT",
      allowOmittedScope: true,
      permissionsClaim: false,
      introspectionClientId: null,
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
    expect(await find(api.apiId)).toEqual(api);
    for (const unknown of ["api_unknown", "", "a\u0000"]) expect(await find(unknown)).toBeNull();
  });

  test("are created with all settings and updated field by field", async () => {
    const { clientId } = await createClient(server.operator);
    const settings = {
      name: "Everything",
      scopes: [
        { value: "read:a", description: "Reads a" },
        { value: "b", description: null },
      ],
      advertisedScopes: ["b"],
      signingAlgorithm: "ES256",
      accessTokenLifetimeSeconds: 600,
      tokenProfile: "AUTH0",
      allowOmittedScope: false,
      permissionsClaim: true,
      introspectionClientId: clientId,
    };
    const api = await createApi(server.operator, settings);
    expect(api).toMatchObject(settings);
    const { apiId } = api;
    server.clock.advance(5);
    const updatedAt = server.clock.now().toISOString();
    let version = 1;
    for (const change of [
      { name: "Renamed" },
      { advertisedScopes: ["read:a", "b"] },
      { scopes: [{ value: "c", description: null }], advertisedScopes: [] },
      { signingAlgorithm: null },
      { accessTokenLifetimeSeconds: null },
      { tokenProfile: "RFC9068" },
      { allowOmittedScope: true },
      { permissionsClaim: false },
      { introspectionClientId: null },
    ]) {
      Object.assign(settings, change);
      const changed = await updateApi(server.operator, { apiId, ...change });
      expect(changed).toEqual({ ...api, ...settings, updatedAt, version: ++version });
    }
    expect(await find(apiId)).toMatchObject(settings);
  });

  test.each([
    ["an empty identifier", { identifier: "" }, ["identifier"]],
    ["an identifier of 601 characters", { identifier: "x".repeat(601) }, ["identifier"]],
    ["an identifier with a space", { identifier: "a b" }, ["identifier"]],
    ["an identifier with a NUL", { identifier: "a\u0000" }, ["identifier"]],
    ["an empty name", { name: "" }, ["name"]],
    ["a name of 129 characters", { name: "x".repeat(129) }, ["name"]],
    ["an empty scope", { scopes: [{ value: "a" }, { value: "" }] }, ["scopes", 1, "value"]],
    ["a scope with a space", { scopes: [{ value: "a b" }] }, ["scopes", 0, "value"]],
    ["a scope twice", { scopes: [{ value: "a" }, { value: "a" }] }, ["scopes", 1, "value"]],
    [
      "a description of 501 characters",
      { scopes: [{ value: "a", description: "x".repeat(501) }] },
      ["scopes", 0, "description"],
    ],
    [
      "1001 scopes",
      { scopes: Array.from({ length: 1001 }, (_, index) => ({ value: `s${index}` })) },
      ["scopes"],
    ],
    [
      "an advertised scope that they lack",
      { scopes: [{ value: "a" }], advertisedScopes: ["a", "b"] },
      ["advertisedScopes", 1],
    ],
    [
      "an advertised scope with a space",
      { scopes: [{ value: "a" }], advertisedScopes: ["a b"] },
      ["advertisedScopes", 0],
    ],
    [
      "a lifetime of 59 seconds",
      { accessTokenLifetimeSeconds: 59 },
      ["accessTokenLifetimeSeconds"],
    ],
    [
      "a lifetime of more than 30 days",
      { accessTokenLifetimeSeconds: 2_592_001 },
      ["accessTokenLifetimeSeconds"],
    ],
    [
      "an introspection client with a NUL",
      { introspectionClientId: "\u0000" },
      ["introspectionClientId"],
    ],
  ])("are refused with %s", async (_what, change, path) => {
    const refusal = { code: "BAD_USER_INPUT", path: ["input", ...path] };
    expect(await createFailure(change)).toEqual(refusal);
    if ("identifier" in change) return;
    const { apiId } = await createApi(server.operator);
    expect(await updateFailure({ apiId, ...change })).toEqual(refusal);
  });

  test("advertise no scope that they have no more", async () => {
    const scopes = ["a", "b", "c"].map((value) => ({ value }));
    const { apiId } = await createApi(server.operator, {
      scopes,
      advertisedScopes: ["c", "a", "c"],
    });
    expect((await find(apiId)).advertisedScopes).toEqual(["c", "a"]);
    await updateApi(server.operator, { apiId, scopes: scopes.slice(1) });
    expect((await find(apiId)).advertisedScopes).toEqual(["c"]);
    await updateApi(server.operator, { apiId, scopes });
    expect((await find(apiId)).advertisedScopes).toEqual(["c"]);
    const refusal = { code: "BAD_USER_INPUT", path: ["input", "advertisedScopes", 0] };
    expect(await updateFailure({ apiId, advertisedScopes: ["d"] })).toEqual(refusal);
    const kept = { apiId, scopes: scopes.slice(0, 2), advertisedScopes: ["c"] };
    expect(await updateFailure(kept)).toEqual(refusal);
  });

  test("accept values at the limits", async () => {
    await createApi(server.operator, {
      identifier: "urn:example:änything-without-spaces".padEnd(600, "x"),
      name: "x".repeat(128),
      scopes: Array.from({ length: 1000 }, (_, index) => ({ value: `s${index}` })),
      accessTokenLifetimeSeconds: 86_400,
    });
  });

  test("have identifiers that are unique in their project and differ from its id", async () => {
    const identifier = "https://only.example.com";
    await createApi(server.operator, { identifier });
    const taken = { code: "ALREADY_EXISTS", path: ["input", "identifier"] };
    expect(await createFailure({ identifier })).toEqual(taken);
    expect(await createFailure({ identifier: server.projectId })).toEqual(taken);
    await createApi(server.operator, { identifier: identifier.toUpperCase() });
    const other = await server.otherProject();
    await createApi(other.operator, { identifier });
  });

  test("are created once for an idempotency key", async () => {
    const input = apiInput({ idempotencyKey: "api-once" });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.operator.request(CREATE_API, { input })),
    );
    const ids = answers.map(({ createApi }) => createApi.api.apiId);
    expect(new Set(ids).size).toBe(1);
    const another = await server.operator.failure(CREATE_API, {
      input: { ...input, name: "Another" },
    });
    expect(another.extensions.code).toBe("IDEMPOTENCY_CONFLICT");
  });

  test("are updated and deleted only if the expected version is the current one", async () => {
    const { apiId, version } = await createApi(server.operator);
    const conflict = { code: "VERSION_CONFLICT", path: ["input", "expectedVersion"] };
    expect(await updateFailure({ apiId, expectedVersion: version + 1 })).toEqual(conflict);
    expect(await deleteFailure({ apiId, expectedVersion: version + 1 })).toEqual(conflict);
    const changes = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        server.operator.send(UPDATE_API, {
          input: { apiId, name: `${index}`, expectedVersion: version },
        }),
      ),
    );
    expect(changes.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    await server.operator.request(DELETE_API, { input: { apiId, expectedVersion: version + 1 } });
    expect(await find(apiId)).toBeNull();
    expect(await deleteFailure({ apiId })).toEqual(NOT_FOUND);
    expect(await updateFailure({ apiId, name: "x" })).toEqual(NOT_FOUND);
  });

  test("of another project are reported as not found", async () => {
    const other = await server.otherProject();
    const { apiId } = await createApi(server.operator);
    expect(await find(apiId, other.operator)).toBeNull();
    expect(await updateFailure({ apiId, name: "x" }, other.operator)).toEqual(NOT_FOUND);
    expect(await deleteFailure({ apiId }, other.operator)).toEqual(NOT_FOUND);
    expect((await other.operator.request(LIST)).apis.totalCount).toBe(0);
    expect(await find(apiId)).not.toBeNull();
  });

  test("are listed newest first, page by page", async () => {
    const other = await server.otherProject();
    const created: string[] = [];
    for (let index = 0; index < 5; index++) {
      server.clock.advance(1);
      created.unshift((await createApi(other.operator)).apiId);
    }
    const apis = await allPages<{ apiId: string }>(
      async (after) => (await other.operator.request(LIST, { first: 2, after })).apis,
    );
    expect(apis.map(({ apiId }) => apiId)).toEqual(created);
    for (const variables of [{ first: 0 }, { first: 201 }, { after: "x" }]) {
      const { extensions } = await server.operator.failure(LIST, variables);
      expect(extensions.code).toBe("BAD_USER_INPUT");
    }
  });

  test("are deleted together with the grants on them", async () => {
    const client = await createClient(server.operator);
    const api = await createApi(server.operator);
    const { clientGrantId } = await createGrant(server.operator, client, api);
    await server.operator.request(DELETE_API, { input: { apiId: api.apiId } });
    const { clientGrant } = await server.operator.request(
      "query ($clientGrantId: ID!) { clientGrant(clientGrantId: $clientGrantId) { clientGrantId } }",
      { clientGrantId },
    );
    expect(clientGrant).toBeNull();
  });

  test("require their permissions", async () => {
    const reader = await server.keyWith("apis:read");
    const { apiId } = await createApi(server.operator);
    await find(apiId, reader);
    expect((await reader.failure(CREATE_API, { input: apiInput() })).extensions.code).toBe(
      "FORBIDDEN",
    );
    expect((await updateFailure({ apiId }, reader)).code).toBe("FORBIDDEN");
    expect((await deleteFailure({ apiId }, reader)).code).toBe("FORBIDDEN");
    const writer = await server.keyWith("apis:write", "clients:read");
    expect((await writer.failure(GET_API, { apiId })).extensions.code).toBe("FORBIDDEN");
    expect((await writer.failure(LIST)).extensions.code).toBe("FORBIDDEN");
  });
});
