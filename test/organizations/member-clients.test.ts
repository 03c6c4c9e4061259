import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApi, DELETE_API, issuerFor } from "../oauth/oauth-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  CREATE_ORGANIZATION,
  createOrganization,
  UPDATE_ORGANIZATION,
} from "./organization-operations.js";

const SETTINGS = "memberClients { owner roles scopes apiIds } version";
const CREATE = `mutation ($input: CreateOrganizationInput!) {
  createOrganization(input: $input) { organization { organizationId ${SETTINGS} } }
}`;
const UPDATE = `mutation ($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) { organization { ${SETTINGS} } }
}`;
const MINIMAL = { owner: "MEMBER", scopes: [] };

describe("how members manage clients", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let apiId: string;

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator } = server);
    ({ apiId } = await createApi(operator));
  });

  afterAll(async () => {
    await server.stop();
  });

  const create = async (memberClients?: object | null) =>
    (await operator.request(CREATE, { input: { name: "Acme", memberClients } })).createOrganization
      .organization;
  const update = async (organizationId: string, memberClients?: object | null) =>
    (await operator.request(UPDATE, { input: { organizationId, memberClients } }))
      .updateOrganization.organization;
  const refusal = async (memberClients: object, as = operator) =>
    (await as.failure(CREATE_ORGANIZATION, { input: { name: "Acme", memberClients } })).extensions;

  test("is not at all, unless an organization says so", async () => {
    const created = await create();
    expect(created.memberClients).toBeNull();
    expect((await create(null)).memberClients).toBeNull();
  });

  test("is set at the creation or later, changed as a whole and cleared", async () => {
    const { organizationId, memberClients } = await create({
      owner: "ORGANIZATION",
      roles: ["admin", "admin", "Site Admins"],
      scopes: ["read:reports", "read:reports", "write:*"],
      apiIds: [apiId, apiId],
    });
    expect(memberClients).toEqual({
      owner: "ORGANIZATION",
      roles: ["admin", "Site Admins"],
      scopes: ["read:reports", "write:*"],
      apiIds: [apiId],
    });
    const changed = await update(organizationId, MINIMAL);
    expect(changed).toEqual({
      memberClients: { owner: "MEMBER", roles: null, scopes: [], apiIds: [] },
      version: 2,
    });
    const explicit = { owner: "MEMBER", roles: null, scopes: [], apiIds: [] };
    expect(await update(organizationId, explicit)).toEqual(changed);
    expect(await update(organizationId)).toEqual(changed);
    expect(await update(organizationId, null)).toEqual({ memberClients: null, version: 3 });
  });

  test.each([
    ["no role at all", { roles: [] }, ["roles"]],
    ["an invisible role", { roles: ["admin\u200b"] }, ["roles", 0]],
    ["a scope with a space", { scopes: ["read:a read:b"] }, ["scopes", 0]],
    [
      "too many scopes",
      { scopes: Array.from({ length: 101 }, (_, index) => `s${index}`) },
      ["scopes"],
    ],
    ["too many APIs", { apiIds: Array.from({ length: 51 }, (_, index) => `${index}`) }, ["apiIds"]],
    ["too many roles", { roles: Array.from({ length: 51 }, (_, index) => `${index}`) }, ["roles"]],
  ])("is refused with %s", async (_what, settings, path) => {
    expect(await refusal({ ...MINIMAL, ...settings })).toMatchObject({
      code: "BAD_USER_INPUT",
      path: ["input", "memberClients", ...path],
    });
  });

  test("names APIs of the project, which may be deleted later", async () => {
    const other = await server.otherProject();
    const foreign = await createApi(other.operator);
    for (const id of [foreign.apiId, "unknown", ""]) {
      expect(await refusal({ ...MINIMAL, apiIds: [id] })).toEqual({ code: "API_NOT_FOUND" });
    }
    const deleted = await createApi(operator, { identifier: "https://deleted.example.com" });
    const { organizationId } = await create({ ...MINIMAL, apiIds: [deleted.apiId] });
    await operator.request(DELETE_API, { input: { apiId: deleted.apiId } });
    const name = { organizationId, name: "Renamed" };
    await operator.request(UPDATE_ORGANIZATION, { input: name });
    expect(await update(organizationId)).toMatchObject({
      memberClients: { apiIds: [deleted.apiId] },
    });
    const input = { organizationId, memberClients: { ...MINIMAL, apiIds: [deleted.apiId, apiId] } };
    expect((await operator.failure(UPDATE, { input })).extensions.code).toBe("API_NOT_FOUND");
  });

  test("contains no permission of this server but those of members", async () => {
    const management = await createApi(operator, {
      identifier: `${issuerFor(server)}/graphql`,
      scopes: [{ value: "clients:write" }, { value: "own_clients:write" }],
    });
    const apiIds = [management.apiId];
    expect(
      await refusal({ ...MINIMAL, scopes: ["own_clients:read", "clients:write"], apiIds }),
    ).toMatchObject({ code: "BAD_USER_INPUT", path: ["input", "memberClients", "scopes", 1] });
    const scopes = ["own_clients:read", "own_clients:write", "clients:*"];
    expect((await create({ ...MINIMAL, scopes, apiIds })).memberClients.scopes).toEqual(scopes);
    // Elsewhere the same words are scopes like any others.
    await create({ ...MINIMAL, scopes: ["clients:write"], apiIds: [apiId] });
  });

  test("is set by those who may do the same themselves", async () => {
    const permissions = ["clients:write", "own_clients:read", "own_clients:write"] as const;
    const full = await server.keyWith("organizations:write", ...permissions);
    await full.request(CREATE, { input: { name: "Acme", memberClients: MINIMAL } });
    const { organizationId } = await createOrganization(operator);
    for (const missing of permissions) {
      const rest = permissions.filter((name) => name !== missing);
      const key = await server.keyWith("organizations:write", ...rest);
      for (const [operation, input] of [
        [CREATE_ORGANIZATION, { name: "Acme", memberClients: MINIMAL }],
        [UPDATE_ORGANIZATION, { organizationId, memberClients: MINIMAL }],
      ] as const) {
        const { message, extensions } = await key.failure(operation, { input });
        expect(extensions).toEqual({ code: "FORBIDDEN", path: ["input", "memberClients"] });
        expect(message).toContain(missing);
      }
    }
  });

  test("is cleared, and left as it is, without these permissions", async () => {
    const settings = { ...MINIMAL, roles: ["admin"] };
    const { organizationId } = await create(settings);
    const key = await server.keyWith("organizations:write");
    const set = (memberClients: object | null, name = "Acme") =>
      key.send(UPDATE, { input: { organizationId, name, memberClients } });
    expect((await set(settings, "Renamed")).errors).toEqual([]);
    expect((await set({ ...settings, roles: ["admin", "other"] })).errors).toHaveLength(1);
    expect((await set(null)).errors).toEqual([]);
    expect((await set(settings)).errors).toHaveLength(1);
  });
});
