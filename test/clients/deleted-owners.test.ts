import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "../../src/clients/client.entity.js";
import { ClientSearchTerm } from "../../src/clients/client-search-term.entity.js";
import type { CreatedClient } from "../../src/clients/client-writer.js";
import { systemCaller } from "../../src/shared/caller.js";
import { createApi, GET_API } from "../oauth/oauth-operations.js";
import {
  createMember,
  createOrganization,
  DELETE_MEMBER,
  DELETE_ORGANIZATION,
  getMember,
} from "../organizations/organization-operations.js";
import {
  CREATE_CLIENT,
  createClient,
  getClient,
  ROTATE_SECRET,
  tokenFailure,
  UPDATE_CLIENT,
  updateProject,
} from "../support/operations.js";
import { explain, recordStatements } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const EVENTS = `query ($filter: AuditEventFilter) {
  auditEvents(first: 200, filter: $filter) { nodes { action targetId actorType } }
}`;

describe("the deletion of an owner", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const exists = async ({ clientId }: { clientId: string }) =>
    (await getClient(server.operator, clientId)) !== null;
  const createFor = (owner: object, input: object = {}) =>
    createClient(server.operator, { owner, ...input });

  test("deletes the clients of an organization and of its members, and no others", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const { memberId } = await createMember(server.operator, organizationId);
    const other = await createOrganization(server.operator, { name: "Other" });
    const otherMember = await createMember(server.operator, other.organizationId);
    const owned = [await createFor({ organizationId }), await createFor({ memberId })];
    const others = [
      await createFor({ organizationId: other.organizationId }),
      await createFor({ memberId: otherMember.memberId }),
      await createFor({ externalId: "customer" }),
      await createClient(server.operator),
    ];
    const input = { organizationId };
    const { headers } = await server.operator.send(DELETE_ORGANIZATION, { input });
    expect(await Promise.all(owned.map(exists))).toEqual([false, false]);
    expect(await Promise.all(others.map(exists))).toEqual([true, true, true, true]);
    for (const client of owned) {
      expect((await tokenFailure(server.anonymous, client)).extensions.code).toBe("INVALID_CLIENT");
    }
    const filter = { requestId: headers.get("x-request-id") };
    const { nodes } = (await server.operator.request(EVENTS, { filter })).auditEvents;
    const event = (action: string, targetId: string) => ({
      ...{ action, targetId },
      actorType: "MANAGEMENT_KEY",
    });
    expect(nodes).toHaveLength(3);
    expect(nodes).toEqual(
      expect.arrayContaining([
        event("ORGANIZATION_DELETE", organizationId),
        ...owned.map(({ clientId }) => event("CLIENT_DELETE", clientId)),
      ]),
    );
  });

  test("deletes the clients of a member, and leaves those of its organization", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const { memberId } = await createMember(server.operator, organizationId);
    const [ofMember, ofOrganization] = [
      await createFor({ memberId }),
      await createFor({ organizationId }),
    ];
    const api = await createApi(server.operator, { introspectionClientId: ofMember.clientId });
    await updateProject(server.operator, { introspectionClientId: ofMember.clientId });
    await server.operator.request(DELETE_MEMBER, { input: { memberId } });
    expect(await exists(ofMember)).toBe(false);
    expect(await exists(ofOrganization)).toBe(true);
    const after = (await server.operator.request(GET_API, { apiId: api.apiId })).api;
    expect(after).toMatchObject({ introspectionClientId: null, version: api.version + 1 });
    const { project } = await server.operator.request("{ project { introspectionClientId } }");
    expect(project.introspectionClientId).toBeNull();
  });

  test("needs the permission to delete the owner alone, and is refused without it", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const client = await createFor({ organizationId });
    const input = { organizationId };
    const without = await server.keyWith("clients:write", "organizations:read");
    expect((await without.failure(DELETE_ORGANIZATION, { input })).extensions.code).toBe(
      "FORBIDDEN",
    );
    const stale = { organizationId, expectedVersion: 2 };
    expect(
      (await server.operator.failure(DELETE_ORGANIZATION, { input: stale })).extensions.code,
    ).toBe("VERSION_CONFLICT");
    expect(await exists(client)).toBe(true);
    await (await server.keyWith("organizations:write")).request(DELETE_ORGANIZATION, { input });
    expect(await exists(client)).toBe(false);
  });

  test("deletes any number of clients in one unit of work", async () => {
    const { services, projectId } = server;
    const { organizationId } = await createOrganization(server.operator);
    const { memberId } = await createMember(server.operator, organizationId);
    const caller = systemCaller(projectId);
    const created: CreatedClient[] = [];
    for (let start = 0; start < 1100; start += 20) {
      const owner = start % 40 ? { memberId } : { organizationId };
      const batch = Array.from({ length: 20 }, () =>
        services.clients.create(caller, { scopes: ["a"], owner }),
      );
      created.push(...(await Promise.all(batch)));
    }
    const count = () => services.unitOfWork.read.countBy(Client, { projectId });
    const before = await count();
    const { headers } = await server.operator.send(DELETE_ORGANIZATION, {
      input: { organizationId },
    });
    expect(await count()).toBe(before - created.length);
    const [first] = created;
    const { clientId = "" } = first?.client ?? {};
    expect(await services.unitOfWork.read.countBy(ClientSearchTerm, { projectId, clientId })).toBe(
      0,
    );
    const requestId = headers.get("x-request-id");
    const { totalCount } = (
      await server.operator.request(
        "query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { totalCount } }",
        { filter: { requestId, action: "CLIENT_DELETE" } },
      )
    ).auditEvents;
    expect(totalCount).toBe(created.length);
  });

  test("leaves no client behind that is created, changed or moved at the same time", async () => {
    for (let round = 0; round < 15; round++) {
      const { organizationId } = await createOrganization(server.operator);
      const { memberId } = await createMember(server.operator, organizationId);
      const [existing, moved] = [
        await createFor({ organizationId }),
        await createClient(server.operator),
      ];
      const { clientId } = existing;
      const answers = await Promise.all([
        server.operator.send(CREATE_CLIENT, { input: { scopes: [], owner: { memberId } } }),
        server.operator.send(CREATE_CLIENT, { input: { scopes: [], owner: { organizationId } } }),
        server.operator.send(UPDATE_CLIENT, { input: { clientId, owner: { memberId } } }),
        server.operator.send(ROTATE_SECRET, { input: { clientId } }),
        server.operator.send(DELETE_ORGANIZATION, { input: { organizationId } }),
        server.operator.send(UPDATE_CLIENT, {
          input: { clientId: moved.clientId, owner: { organizationId } },
        }),
        server.operator.send(CREATE_CLIENT, { input: { scopes: [], owner: { memberId } } }),
      ]);
      for (const code of answers.flatMap(({ errors }) => errors.map((one) => one.extensions.code)))
        expect(["ORGANIZATION_NOT_FOUND", "MEMBER_NOT_FOUND", "CLIENT_NOT_FOUND"]).toContain(code);
      expect(await getMember(server.operator, memberId)).toBeNull();
      const left = await server.services.unitOfWork.read.findBy(Client, [
        { projectId: server.projectId, ownerId: organizationId },
        { projectId: server.projectId, ownerId: memberId },
      ]);
      expect(left).toEqual([]);
    }
  });

  test("finds the clients by an index", async () => {
    const { unitOfWork } = server.services;
    const isPostgres = unitOfWork.read.dataSource.options.type === "postgres";
    const { organizationId } = await createOrganization(server.operator);
    const statements = await recordStatements(server.services, () =>
      server.operator.request(DELETE_ORGANIZATION, { input: { organizationId } }),
    );
    const reads = statements.filter(({ sql }) => sql.includes('AS "ownerType"'));
    expect(reads).toHaveLength(2);
    for (const statement of reads) {
      const plan = await unitOfWork.write(async (manager) => {
        if (isPostgres) await manager.query("SET LOCAL enable_seqscan = off");
        return (await explain(manager, statement)).join("\n");
      });
      expect(plan).toMatch(
        isPostgres ? /Index Cond: .*owner_type/ : /owner_type=\? AND owner_id=\?/,
      );
      expect(plan).not.toMatch(/Seq Scan|SCAN client/);
    }
  });
});
