import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ClientGrant } from "../../src/client-grants/client-grant.entity.js";
import { Client } from "../../src/clients/client.entity.js";
import { ClientSecret } from "../../src/clients/client-secret.entity.js";
import { createGrant } from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { operationText, rootFields, sampleArguments } from "../support/any-operation.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { createClient } from "../support/operations.js";
import { explain, recordStatements } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { placesOf } from "./foreign-values.js";
import { OwnClientsWorld } from "./own-clients-world.js";

/** What a caller with `own_clients:*` alone gets where it names something that is not of its owner. */
const ANSWERS: Record<string, string> = {
  // What these show of others is nothing, whatever they name.
  client: "NULL",
  clientGrant: "NULL",
  clientGrants: "EMPTY",
  clients: "EMPTY",
  node: "NULL",
  // It names nobody.
  ownClientLimits: "OWN",
  errorCodes: "OWN",
  cancelSecretRotation: "CLIENT_NOT_FOUND",
  completeSecretRotation: "CLIENT_NOT_FOUND",
  createClient: "FORBIDDEN",
  createClientGrant: "CLIENT_NOT_FOUND API_NOT_FOUND",
  deleteClient: "CLIENT_NOT_FOUND",
  deleteClientGrant: "CLIENT_GRANT_NOT_FOUND",
  revokeClientTokens: "CLIENT_NOT_FOUND",
  revokePreviousSecret: "CLIENT_NOT_FOUND",
  rotateSecret: "CLIENT_NOT_FOUND",
  startSecretRotation: "CLIENT_NOT_FOUND",
  updateClient: "CLIENT_NOT_FOUND FORBIDDEN",
  updateClientGrant: "CLIENT_GRANT_NOT_FOUND",
  // The credential in the input decides.
  attestSession: "CREDENTIAL",
  authenticateSession: "CREDENTIAL",
  exchangeSession: "CREDENTIAL",
  issueToken: "CREDENTIAL",
  verifyClient: "CREDENTIAL",
  verifyToken: "CREDENTIAL",
};

/** Operations that need another permission; none of them is open to a caller with `own_clients:*` alone. */
const REFUSED = [
  "addProfileKey",
  "api",
  "apiByIdentifier",
  "apis",
  "auditEvents",
  "createApi",
  "createManagementKey",
  "createMember",
  "createOrganization",
  "createProfile",
  "createProject",
  "deleteApi",
  "deleteManagementKey",
  "deleteMember",
  "deleteOrganization",
  "deleteProfile",
  "deleteProject",
  "dismissReadinessFinding",
  "importClient",
  "managementKeys",
  "member",
  "members",
  "organization",
  "organizations",
  "previewClaimsTemplate",
  "previewSessionClaimsTemplate",
  "profile",
  "profiles",
  "project",
  "projects",
  "publishKey",
  "publishedKeys",
  "readinessChecks",
  "removeProfileKey",
  "restoreReadinessFinding",
  "revokeSession",
  "revokeSigningKey",
  "revokeToken",
  "rotateSigningKey",
  "session",
  "server",
  "sessions",
  "signingKeys",
  "testProfile",
  "updateApi",
  "updateManagementKey",
  "updateMember",
  "updateOrganization",
  "updateProfile",
  "updateProject",
  "withdrawKey",
];

describe.each(["client", "member"])("a %s that manages the clients of its owner", (kind) => {
  let server: TestServer;
  let world: OwnClientsWorld;
  let caller: GraphqlClient;
  /** Ids of the caller's own, by the arguments that take them. */
  let own: Record<string, string>;
  /** Ids of other owners and of nobody, by the arguments that take them. */
  let foreign: Record<string, string[]>;

  beforeAll(async () => {
    server = await startTestServer();
    const { operator } = server;
    world = await OwnClientsWorld.create(server);
    const { orders, bills } = world;
    const memberClients = { owner: "ORGANIZATION", scopes: ["read:all"], apiIds: [orders.apiId] };
    const owner = await world.member(memberClients);
    ({ caller } = owner);
    const ofOrganization = { organizationId: owner.organizationId };
    const grants = new Map([[orders.apiId, { scopes: ["read:all"] }]]);
    const manager = await world.manager(ofOrganization, { grants });
    if (kind === "client") ({ caller } = manager);
    const ownClient = await createClient(operator, {
      scopes: [],
      owner: { organizationId: owner.organizationId },
    });
    const ownGrant = await createGrant(operator, ownClient, orders, { scopes: [] });
    const other = await ownerOf(operator);
    const owned = async (input: object) => {
      const client = await createClient(operator, input);
      const grant = await createGrant(operator, client, orders, { scopes: ["read:all"] });
      return { clientId: client.clientId, clientGrantId: grant.clientGrantId };
    };
    const others = [
      await owned({ owner: { organizationId: other.organizationId } }),
      await owned({ owner: { memberId: owner.memberId } }),
      await owned({ owner: { externalId: "customer-of-others" } }),
      await owned({}),
    ];
    const globalIds = async (query: string, ids: string[]) =>
      Promise.all(ids.map(async (id) => (await operator.request(query, { id })).of.id as string));
    const clientIds = others.map(({ clientId }) => clientId);
    const clientGrantIds = others.map(({ clientGrantId }) => clientGrantId);
    own = {
      clientId: ownClient.clientId,
      clientGrantId: ownGrant.clientGrantId,
      apiId: orders.apiId,
      organizationId: owner.organizationId,
      memberId: owner.memberId,
      externalId: "somebody-else",
    };
    foreign = {
      clientId: clientIds,
      clientIds,
      clientGrantId: clientGrantIds,
      apiId: [bills.apiId],
      organizationId: [other.organizationId],
      memberId: [owner.memberId, other.memberId],
      externalId: ["customer-of-others"],
      id: [
        ...(await globalIds("query ($id: ID!) { of: client(clientId: $id) { id } }", clientIds)),
        ...(await globalIds(
          "query ($id: ID!) { of: clientGrant(clientGrantId: $id) { id } }",
          clientGrantIds,
        )),
        ...(await globalIds("query ($id: ID!) { of: api(apiId: $id) { id } }", [orders.apiId])),
      ],
    };
  });

  afterAll(async () => {
    await server.stop();
  });

  async function ownerOf(operator: GraphqlClient) {
    const { organizationId } = await createOrganization(operator);
    const { memberId } = await createMember(operator, organizationId);
    return { organizationId, memberId };
  }

  /** Every row of clients that are not of the caller's owner. */
  async function rowsOfOthers(): Promise<string> {
    const { read } = server.services.unitOfWork;
    const clients = await read.find(Client, { order: { clientId: "ASC" } });
    const others = clients.filter(
      ({ ownerType, ownerId }) =>
        [ownerType, ownerId].join() !== `ORGANIZATION,${own["organizationId"]}`,
    );
    const ids = new Set(others.map(({ clientId }) => clientId));
    const ofOthers = <Row extends { clientId: string }>(rows: Row[]) =>
      rows.filter(({ clientId }) => ids.has(clientId));
    return JSON.stringify([
      others,
      ofOthers(await read.find(ClientGrant, { order: { clientGrantId: "ASC" } })),
      ofOthers(await read.find(ClientSecret, { order: { secretId: "ASC" } })),
    ]);
  }

  test("meets every operation of the schema in one of these tests", () => {
    const listed = [...Object.keys(ANSWERS), ...REFUSED].sort();
    expect(listed).toEqual(rootFields.map(({ field }) => field.name).sort());
  });

  const fieldOf = (name: string) => {
    const found = rootFields.find(({ field }) => field.name === name);
    if (!found) throw new Error(`no operation ${name}`);
    return found.field;
  };
  const codesOf = (body: string) =>
    ((JSON.parse(body).errors ?? []) as { extensions: { code: string } }[]).map(
      ({ extensions }) => extensions.code,
    );

  test.each(REFUSED)("may not use %s, whatever exists", async (name) => {
    const field = fieldOf(name);
    const named = placesOf(field, own).flatMap(({ path, variables }) => {
      const values = foreign[path.split(".").at(-1) ?? ""] ?? [];
      return [...values, "missing"].map(variables);
    });
    for (const variables of [sampleArguments(field), ...named]) {
      const { body } = await caller.send(operationText(field), variables);
      expect([name, codesOf(body)]).toEqual([name, ["FORBIDDEN"]]);
    }
  });

  const reached = Object.entries(ANSWERS).filter(([, answer]) => answer !== "CREDENTIAL");

  test.each(reached)(
    "sees the same for what is not of its owner and for what does not exist: %s",
    async (name, answers) => {
      const field = fieldOf(name);
      const before = await rowsOfOthers();
      const codes = new Set<string>();
      for (const { path, variables } of placesOf(field, own)) {
        for (const value of foreign[path.split(".").at(-1) ?? ""] ?? []) {
          const ask = async (named: string) => {
            const { body } = await caller.send(operationText(field), variables(named));
            return body.replaceAll(named, "VALUE").replace(/"requestId":"[^"]+"/g, "");
          };
          const missing = name === "node" ? asUnknownNode(value) : `${value.slice(0, -4)}ZZZZ`;
          const answer = await ask(value);
          expect([path, answer]).toEqual([path, await ask(missing)]);
          for (const code of codesOf(answer)) codes.add(code);
          if (answers === "NULL") expect(JSON.parse(answer).data[name]).toBeNull();
          if (answers === "EMPTY" && !path.includes("owner")) {
            expect(JSON.parse(answer).data[name].totalCount).toBe(0);
          }
        }
      }
      const expected =
        /^[A-Z]+$/.test(answers) && answers !== "FORBIDDEN" ? [] : answers.split(" ");
      expect([...codes].sort()).toEqual([...expected].sort());
      expect(await rowsOfOthers()).toBe(before);
    },
  );

  /** The same kind of object with another key. */
  function asUnknownNode(id: string): string {
    const text = Buffer.from(id, "base64url").toString();
    return Buffer.from(`${text.slice(0, -6)}ZZZZ${text.slice(-2)}`).toString("base64url");
  }

  test("lists and counts the clients and grants of its owner alone, with any filter and cursor", async () => {
    const { operator } = server;
    const query = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: ClientFilter, $orderBy: ClientOrder) {
      clients(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
        totalCount nodes { clientId owner { organizationId } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }`;
    const { clients: all } = await operator.request(query, { first: 200 });
    const ofOwner = all.nodes.filter(
      ({ owner }: { owner: { organizationId: string } | null }) =>
        owner?.organizationId === own["organizationId"],
    );
    const { clients: listed } = await caller.request(query, { first: 200 });
    expect(listed.nodes).toEqual(ofOwner);
    expect(listed.totalCount).toBe(ofOwner.length);
    const cursors = [all.pageInfo.startCursor, all.pageInfo.endCursor];
    for (const variables of [
      { after: cursors[0] },
      { before: cursors[1] },
      { filter: { status: "ACTIVE" } },
      { filter: { apiId: world.orders.apiId } },
      { filter: { neverUsed: true, status: "ACTIVE" } },
      { filter: { scopes: ["read:users"] } },
      { filter: { nameContains: "" } },
      { filter: { secretStatus: "CURRENT" } },
      { filter: { clientIds: [...(foreign["clientId"] ?? []), own["clientId"]] } },
      { orderBy: { field: "NAME", direction: "ASC" } },
    ]) {
      const { clients } = await caller.request(query, variables);
      const ids = new Set(ofOwner.map(({ clientId }: { clientId: string }) => clientId));
      expect(clients.nodes.every(({ clientId }: { clientId: string }) => ids.has(clientId))).toBe(
        true,
      );
      expect(clients.totalCount).toBeLessThanOrEqual(ofOwner.length);
    }
    const nested =
      "{ clients(first: 20) { nodes { clientId grants(first: 5) { nodes { client { clientId } } } } } }";
    for (const { clientId, grants: page } of (await caller.request(nested)).clients.nodes) {
      for (const { client } of page.nodes) expect(client.clientId).toBe(clientId);
    }
    const grants =
      "{ clientGrants(first: 200) { totalCount nodes { client { owner { organizationId } } } } }";
    const { clientGrants } = await caller.request(grants);
    expect(clientGrants.totalCount).toBe(clientGrants.nodes.length);
    expect(clientGrants.nodes).toHaveLength(3);
    for (const { client } of clientGrants.nodes) {
      expect(client.owner.organizationId).toBe(own["organizationId"]);
    }
  });

  test("reads no grants of other clients to list those of its owner's", async () => {
    const { services } = server;
    const statements = await recordStatements(services, () =>
      caller.request("{ clientGrants(first: 1) { totalCount nodes { clientGrantId } } }"),
    );
    const lists = statements.filter(({ sql }) => sql.includes('"owned"'));
    expect(lists).toHaveLength(2);
    for (const statement of lists) {
      const plan = await services.unitOfWork.write(async (manager) => {
        if (manager.dataSource.options.type === "postgres") {
          // The plan for many rows.
          for (const method of ["seqscan", "bitmapscan", "hashjoin", "mergejoin"])
            await manager.query(`SET LOCAL enable_${method} = off`);
        }
        return (await explain(manager, statement)).join("\n");
      });
      expect(plan).toMatch(
        /SEARCH grant .*\(project_id=\? AND client_id=\?\)|client_grants.*\n.*Index Cond:.*project_id.*client_id/,
      );
    }
  });

  test("finds out by an import neither that an id exists nor that it does not", async () => {
    const answer = async (clientId: string) => {
      const input = { clientId, clientSecret: "correct horse battery staple 7351" };
      const text = operationText(fieldOf("importClient"));
      const { body } = await caller.send(text, { input });
      return body;
    };
    const [first = ""] = foreign["clientId"] ?? [];
    const refused = await answer(first);
    expect(codesOf(refused)).toEqual(["FORBIDDEN"]);
    expect(await answer("no-such-client")).toBe(refused);
    expect(await answer(own["clientId"] ?? "")).toBe(refused);
  });

  test("without an owner reaches nothing, and is told so", async () => {
    const { caller: ownerless } = await world.manager(null);
    const { message, extensions } = await ownerless.failure("{ clients { totalCount } }");
    expect(extensions.code).toBe("FORBIDDEN");
    expect(message).toContain("the caller has none");
    const created = await ownerless.failure(operationText(fieldOf("createClient")), {
      input: { scopes: [] },
    });
    expect(created.extensions.code).toBe("FORBIDDEN");
    expect(
      (await ownerless.request("{ ownClientLimits { clientCount } }")).ownClientLimits,
    ).toBeNull();
    const key = await server.keyWith("own_clients:read", "own_clients:write");
    expect((await key.failure("{ clients { totalCount } }")).extensions.code).toBe("FORBIDDEN");
  });
});
