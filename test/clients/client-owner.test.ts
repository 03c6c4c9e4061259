import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  createMember,
  createOrganization,
  updateOrganization,
} from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  CREATE_CLIENT,
  createClient,
  IMPORT_CLIENT,
  importClient,
  UPDATE_CLIENT,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const GET_OWNER = `query ($clientId: ID!) {
  client(clientId: $clientId) { version owner { organizationId memberId externalId } }
}`;
const GET_RELATIONS = `query ($clientId: ID!) {
  client(clientId: $clientId) {
    owner { organization { organizationId name } member { memberId organizationId } }
  }
}`;
const LIST = `query ($filter: ClientFilter) { clients(filter: $filter) { nodes { clientId } totalCount } }`;
const NO_OWNER = { organizationId: null, memberId: null, externalId: null };

describe("the owner of a client", () => {
  let server: TestServer;
  let organizationId: string;
  let memberId: string;

  beforeAll(async () => {
    server = await startTestServer();
    ({ organizationId } = await createOrganization(server.operator));
    ({ memberId } = await createMember(server.operator, organizationId));
  });

  afterAll(async () => {
    await server.stop();
  });

  const ownerOf = async (clientId: string, as: GraphqlClient = server.operator) =>
    (await as.request(GET_OWNER, { clientId })).client.owner;
  const listed = async (filter: object, as: GraphqlClient = server.operator): Promise<string[]> => {
    const { nodes, totalCount } = (await as.request(LIST, { filter })).clients;
    expect(totalCount).toBe(nodes.length);
    return nodes.map(({ clientId }: { clientId: string }) => clientId);
  };

  test("is an organization, a member or an id of the operator's own", async () => {
    for (const owner of [{ organizationId }, { memberId }, { externalId: "customer 42" }]) {
      const { clientId } = await createClient(server.operator, { owner });
      expect(await ownerOf(clientId)).toEqual({ ...NO_OWNER, ...owner });
      const imported = await importClient(server.operator, {
        clientId: `imported-${randomBytes(4).toString("hex")}`,
        clientSecret: randomBytes(24).toString("hex"),
        owner,
      });
      expect(await ownerOf(imported.clientId)).toEqual({ ...NO_OWNER, ...owner });
    }
    const { clientId } = await createClient(server.operator, { owner: null });
    expect(await ownerOf(clientId)).toBeNull();
  });

  test("is changed, kept when it is absent, and cleared by null", async () => {
    const { clientId } = await createClient(server.operator, { owner: { organizationId } });
    await updateClient(server.operator, { clientId, name: "Renamed" });
    expect(await ownerOf(clientId)).toEqual({ ...NO_OWNER, organizationId });
    await updateClient(server.operator, { clientId, owner: { memberId, externalId: null } });
    expect(await ownerOf(clientId)).toEqual({ ...NO_OWNER, memberId });
    const { version } = await updateClient(server.operator, { clientId, owner: { memberId } });
    expect(version).toBe(3);
    await updateClient(server.operator, { clientId, owner: null });
    expect(await ownerOf(clientId)).toBeNull();
  });

  test.each([
    [{}, "none was given"],
    [{ organizationId: null }, "none was given"],
    [{ organizationId: "a", memberId: "b" }, "organizationId and memberId were given"],
    [{ organizationId: "a", memberId: "b", externalId: "c" }, "all were given"],
  ])("is refused for %j", async (owner, reason) => {
    const { clientId } = await createClient(server.operator);
    for (const [operation, input] of [
      [CREATE_CLIENT, { scopes: [], owner }],
      [UPDATE_CLIENT, { clientId, owner }],
    ] as const) {
      const error = await server.operator.failure(operation, { input });
      expect(error.extensions).toMatchObject({ code: "BAD_USER_INPUT", path: ["input", "owner"] });
      expect(error.message).toContain(reason);
    }
    const error = await server.operator.failure(LIST, { filter: { owner } });
    expect(error.extensions).toMatchObject({ code: "BAD_USER_INPUT", path: ["filter", "owner"] });
  });

  test.each(["", " a", "a\nb", "a".repeat(256), `member_${"a".repeat(22)}`])(
    "cannot have %j as external id",
    async (externalId) => {
      const input = { scopes: [], owner: { externalId } };
      const { extensions } = await server.operator.failure(CREATE_CLIENT, { input });
      expect(extensions).toMatchObject({
        code: "BAD_USER_INPUT",
        path: ["input", "owner", "externalId"],
      });
    },
  );

  test("must exist in the project", async () => {
    const other = await server.otherProject();
    const foreign = await createOrganization(other.operator);
    const foreigner = await createMember(other.operator, foreign.organizationId);
    const { clientId } = await createClient(server.operator);
    for (const [owner, code] of [
      [{ organizationId: foreign.organizationId }, "ORGANIZATION_NOT_FOUND"],
      [{ memberId: foreigner.memberId }, "MEMBER_NOT_FOUND"],
      [{ organizationId: memberId }, "ORGANIZATION_NOT_FOUND"],
      [{ memberId: organizationId }, "MEMBER_NOT_FOUND"],
    ] as const) {
      const clientSecret = randomBytes(24).toString("hex");
      for (const [operation, input] of [
        [CREATE_CLIENT, { scopes: [], owner }],
        [IMPORT_CLIENT, { clientId: "unowned", clientSecret, owner }],
        [UPDATE_CLIENT, { clientId, owner }],
      ] as const) {
        expect((await server.operator.failure(operation, { input })).extensions.code).toBe(code);
      }
    }
    expect(await ownerOf(clientId)).toBeNull();
  });

  test("may be inactive", async () => {
    const former = await createOrganization(server.operator, { name: "Former" });
    const owner = { organizationId: former.organizationId };
    await updateOrganization(server.operator, { ...owner, status: "INACTIVE" });
    const { clientId } = await createClient(server.operator, { owner });
    expect(await ownerOf(clientId)).toEqual({ ...NO_OWNER, ...owner });
  });

  test("finds its clients, with every other condition", async () => {
    const owner = { externalId: "finder" };
    const create = async (input: object) => (await createClient(server.operator, input)).clientId;
    const one = await create({ owner, name: "One", scopes: ["a"] });
    const two = await create({ owner, name: "Two", scopes: ["a", "b"] });
    const foreign = await create({ owner: { externalId: "finder 2" }, name: "One", scopes: ["a"] });
    expect((await listed({ owner })).sort()).toEqual([one, two].sort());
    expect(await listed({ owner, scopes: ["b"] })).toEqual([two]);
    expect(await listed({ owner, nameContains: "one" })).toEqual([one]);
    expect(await listed({ owner, clientIds: [foreign, two] })).toEqual([two]);
    expect(await listed({ owner, neverUsed: false })).toEqual([]);
    expect(await listed({ owner: { organizationId: "finder" } })).toEqual([]);
    await updateClient(server.operator, { clientId: two, owner: { memberId } });
    expect(await listed({ owner })).toEqual([one]);
    expect(await listed({ owner: { memberId } })).toContain(two);
    const other = await server.otherProject();
    expect(await listed({ owner }, other.operator)).toEqual([]);
  });

  test("leads to the organization or member for callers who may read it", async () => {
    const ofOrganization = await createClient(server.operator, { owner: { organizationId } });
    const ofMember = await createClient(server.operator, { owner: { memberId } });
    const relations = async ({ clientId }: { clientId: string }) =>
      (await server.operator.request(GET_RELATIONS, { clientId })).client.owner;
    expect(await relations(ofOrganization)).toEqual({
      organization: { organizationId, name: "Analytical Engines" },
      member: null,
    });
    expect(await relations(ofMember)).toEqual({
      organization: null,
      member: { memberId, organizationId },
    });
    const reader = await server.keyWith("clients:read");
    expect(await ownerOf(ofMember.clientId, reader)).toEqual({ ...NO_OWNER, memberId });
    const { extensions } = await reader.failure(GET_RELATIONS, { clientId: ofMember.clientId });
    expect(extensions.code).toBe("FORBIDDEN");
  });
});
