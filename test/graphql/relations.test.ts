import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { permissionsByRelation } from "../../src/graphql/field-permissions.js";
import { buildSchema } from "../../src/schema.js";
import { PERMISSIONS } from "../../src/shared/permissions.js";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createMember } from "../organizations/organization-operations.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { createClient, DELETE_CLIENT, updateProject } from "../support/operations.js";
import { explain, recordStatements } from "../support/query-plans.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";

buildSchema();

const OF_CLIENTS = ["ClientGrant.client", "Client.grants", "Client.usage", "Client.scopeUses"];

describe("a relation", () => {
  let server: TestServer;
  let ids: Record<string, string>;

  beforeAll(async () => {
    server = await startTestServer();
    const { operator } = server;
    const { clientId } = await createClient(operator, { name: "Worker" });
    const api = await createApi(operator, { introspectionClientId: clientId });
    await updateProject(operator, { introspectionClientId: clientId });
    const { clientGrantId } = await createGrant(operator, { clientId }, api);
    const member = await createSessionMember(server, operator);
    const { memberId, organizationId } = member;
    const { session } = await member.startSession();
    const key = { keys: { jwksUrl: "https://issuer.example.com/jwks" } };
    const ownedBy = async (owner: object) => (await createClient(operator, { owner })).clientId;
    ids = {
      projectId: server.projectId,
      clientId,
      ownedByMember: await ownedBy({ memberId }),
      ownedByOrganization: await ownedBy({ organizationId }),
      clientGrantId,
      memberId,
      organizationId,
      apiId: api.apiId,
      identifier: api.identifier,
      sessionId: session.sessionId,
      factorProfileId: member.profileId,
      profileId: await createProfile(operator, { ...key, organizationId }),
      clientProfileId: await createProfile(operator, {
        ...key,
        clientId,
        claimConditions: [{ claim: "sub", operator: "EQUALS", values: ["worker"] }],
      }),
    };
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Each relation: a query whose field `of` is the parent, the id beside the relation, and what it must show. */
  const RELATIONS: Record<string, [query: string, beside: string, shown: () => object]> = {
    "ClientGrant.client": [
      "of: clientGrant(clientGrantId: $clientGrantId) { clientId client { clientId name } }",
      "clientId",
      () => ({ client: { clientId: ids["clientId"], name: "Worker" } }),
    ],
    "ClientGrant.api": [
      "of: clientGrant(clientGrantId: $clientGrantId) { apiId api { apiId identifier } }",
      "apiId",
      () => ({ api: { apiId: ids["apiId"], identifier: ids["identifier"] } }),
    ],
    "ClientGrant.scopeUses": [
      "of: clientGrant(clientGrantId: $clientGrantId) { apiId scopeUses { scope } }",
      "apiId",
      () => ({ scopeUses: [] }),
    ],
    "Client.events": [
      "of: client(clientId: $clientId) { clientId events { nodes { targetId action } totalCount } }",
      "clientId",
      () => ({
        events: { nodes: [{ targetId: ids["clientId"], action: "CLIENT_CREATE" }], totalCount: 1 },
      }),
    ],
    "Client.grants": [
      "of: clientGrant(clientGrantId: $clientGrantId) { clientId client { grants { nodes { clientGrantId } } } }",
      "clientId",
      () => ({ client: { grants: { nodes: [{ clientGrantId: ids["clientGrantId"] }] } } }),
    ],
    "Client.usage": [
      "of: clientGrant(clientGrantId: $clientGrantId) { clientId client { usage { tokensIssued } } }",
      "clientId",
      () => ({ client: { usage: { tokensIssued: 0 } } }),
    ],
    "Client.scopeUses": [
      "of: clientGrant(clientGrantId: $clientGrantId) { clientId client { scopeUses { scope } } }",
      "clientId",
      () => ({ client: { scopeUses: [] } }),
    ],
    "ClientOwner.member": [
      "of: client(clientId: $ownedByMember) { clientId owner { memberId member { memberId } } }",
      "clientId",
      () => ({ owner: { memberId: ids["memberId"], member: { memberId: ids["memberId"] } } }),
    ],
    "ClientOwner.organization": [
      "of: client(clientId: $ownedByOrganization) { clientId owner { organization { organizationId } } }",
      "clientId",
      () => ({ owner: { organization: { organizationId: ids["organizationId"] } } }),
    ],
    "Session.member": [
      "of: session(sessionId: $sessionId) { memberId member { memberId } }",
      "memberId",
      () => ({ member: { memberId: ids["memberId"] } }),
    ],
    "Session.organization": [
      "of: session(sessionId: $sessionId) { organizationId organization { organizationId } }",
      "organizationId",
      () => ({ organization: { organizationId: ids["organizationId"] } }),
    ],
    "Member.organization": [
      "of: member(memberId: $memberId) { organizationId organization { organizationId } }",
      "organizationId",
      () => ({ organization: { organizationId: ids["organizationId"] } }),
    ],
    "Api.introspectionClient": [
      "of: api(apiId: $apiId) { introspectionClientId introspectionClient { clientId } }",
      "introspectionClientId",
      () => ({ introspectionClient: { clientId: ids["clientId"] } }),
    ],
    "Project.introspectionClient": [
      "of: project(projectId: $projectId) { introspectionClientId introspectionClient { clientId } }",
      "introspectionClientId",
      () => ({ introspectionClient: { clientId: ids["clientId"] } }),
    ],
    "Profile.client": [
      "of: profile(profileId: $clientProfileId) { clientId client { clientId } }",
      "clientId",
      () => ({ client: { clientId: ids["clientId"] } }),
    ],
    "Profile.organization": [
      "of: profile(profileId: $profileId) { organizationId organization { organizationId } }",
      "organizationId",
      () => ({ organization: { organizationId: ids["organizationId"] } }),
    ],
    "AuthenticationFactor.profile": [
      "of: session(sessionId: $sessionId) { sessionId authenticationFactors { profile { profileId } } }",
      "sessionId",
      () => ({ authenticationFactors: [{ profile: { profileId: ids["factorProfileId"] } }] }),
    ],
  };

  const queryOf = (relation: string) => {
    const [selection = ""] = RELATIONS[relation] ?? [];
    const names = new Set([...selection.matchAll(/\$(\w+)/g)].map(([, name]) => name ?? ""));
    const declared = [...names].map((name) => `$${name}: ID!`).join(", ");
    const variables = Object.fromEntries([...names].map((name) => [name, ids[name]]));
    return [`query (${declared}) { ${selection} }`, variables] as const;
  };

  test("with a permission of its own is listed in this test", () => {
    const ofObjects = [...permissionsByRelation().keys()].filter(
      (name) => !name.includes("Payload."),
    );
    expect(ofObjects.sort()).toEqual(Object.keys(RELATIONS).sort());
  });

  test.each(Object.keys(RELATIONS))("%s is an object beside its id", async (relation) => {
    const { of } = await server.operator.request(...queryOf(relation));
    expect(of).toMatchObject(RELATIONS[relation]?.[2]() ?? {});
  });

  test.each(Object.entries(RELATIONS))(
    "%s is refused alone to a caller that may not read what it shows",
    async (relation, [, beside]) => {
      const needed = permissionsByRelation().get(relation);
      const caller = await server.keyWith(
        ...PERMISSIONS.filter((other) => !needed?.includes(other)),
      );
      const [query, variables] = queryOf(relation);
      const { of } = await server.operator.request(query, variables);
      const answer = await caller.send(query, variables);
      // Reading the parent itself takes another permission, except for a client and what belongs to it.
      if (OF_CLIENTS.includes(relation)) return expect(answer.data.of).toBeNull();
      expect(answer.data.of[beside]).toBe(of[beside]);
      expect(answer.errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
      expect(answer.errors[0]?.path?.at(-1)).toBe(relation.split(".")[1]);
    },
  );

  test("is null where there is no id", async () => {
    const { apiId } = await createApi(server.operator);
    const { api, profile } = await server.operator.request(
      `query ($apiId: ID!, $profileId: ID!) {
        api(apiId: $apiId) { introspectionClient { clientId } }
        profile(profileId: $profileId) { client { clientId } }
      }`,
      { apiId, profileId: ids["profileId"] },
    );
    expect([api.introspectionClient, profile.client]).toEqual([null, null]);
  });

  test("is found by an API's identifier too", async () => {
    const query =
      "query ($identifier: String!) { apiByIdentifier(identifier: $identifier) { apiId } }";
    const find = async (identifier: string, as = server.operator) =>
      (await as.request(query, { identifier })).apiByIdentifier;
    const { identifier = "" } = ids;
    expect(await find(identifier)).toEqual({ apiId: ids["apiId"] });
    expect(await find("https://unknown.example.com")).toBeNull();
    expect(await find("a\0b")).toBeNull();
    expect(await find(identifier, (await server.otherProject()).operator)).toBeNull();
  });

  describe("to the target of an audit event", () => {
    const EVENTS = `query ($filter: AuditEventFilter) { auditEvents(first: 200, filter: $filter) {
      nodes { action targetType targetId target { __typename id } }
    } }`;
    const eventsAs = async (as = server.operator, filter: object = {}) =>
      (await as.request(EVENTS, { filter })).auditEvents.nodes as {
        action: string;
        targetType: string;
        targetId: string;
        target: { __typename: string; id: string } | null;
      }[];

    test("is the object, of whatever type", async () => {
      const events = await eventsAs();
      const found = new Set(events.flatMap(({ target }) => (target ? [target.__typename] : [])));
      for (const type of ["Project", "ManagementKey", "Client", "Api", "ClientGrant", "Member"])
        expect(found).toContain(type);
      for (const type of ["Organization", "Profile", "Session"]) expect(found).toContain(type);
    });

    test("is null for a caller that may not read it, without an error", async () => {
      const events = await eventsAs(await server.keyWith("audit:read", "apis:read"));
      const found = new Set(events.flatMap(({ target }) => (target ? [target.__typename] : [])));
      expect([...found]).toEqual(["Api"]);
    });

    test("is null once it is deleted", async () => {
      const { clientId } = await createClient(server.operator);
      server.clock.advance(1);
      await server.operator.request(DELETE_CLIENT, { input: { clientId } });
      const events = await eventsAs(server.operator, { targetId: clientId });
      expect(events).toMatchObject([
        { action: "CLIENT_DELETE", targetType: "client", targetId: clientId, target: null },
        { action: "CLIENT_CREATE", targetType: "client", targetId: clientId, target: null },
      ]);
    });
  });

  test("to a client's events is a range of an index from either end", async () => {
    const { unitOfWork } = server.services;
    for (const argument of ["first", "last"]) {
      const query = `query ($clientId: ID!) { client(clientId: $clientId) {
        events(${argument}: 1) { nodes { action } }
      } }`;
      const statements = await recordStatements(server.services, () =>
        server.operator.request(query, ids),
      );
      const [statement] = statements.filter(({ sql }) => /FROM "audit_events"/.test(sql));
      if (!statement) throw new Error("no statement selected the events");
      const plan = await unitOfWork.write(async (manager) => {
        if (manager.dataSource.options.type === "postgres") {
          for (const method of ["seqscan", "bitmapscan", "sort"])
            await manager.query(`SET LOCAL enable_${method} = off`);
        }
        return (await explain(manager, statement)).join("\n");
      });
      expect(plan).toMatch(/target_id/);
      expect(plan).not.toMatch(/Seq Scan|Sort|TEMP B-TREE/);
    }
  });

  describe("of a page of 50", () => {
    beforeAll(async () => {
      const { operator } = server;
      for (let at = 0; at < 50; at++) {
        const client = await createClient(operator);
        const { apiId = "" } = ids;
        await createGrant(operator, client, { apiId });
        const { organizationId = "" } = ids;
        await createMember(operator, organizationId, { emailAddress: `m${at}@example.com` });
      }
    });

    test.each([
      ["clientGrants", "client { name } api { name introspectionClient { name } }", 3],
      ["members", "organization { name }", 1],
      ["auditEvents", "target { id ... on Member { organization { name } } }", 12],
    ])("takes no more statements for %s than its types are", async (list, relations, types) => {
      const query = `{ ${list}(first: 50) { nodes { ${relations} } } }`;
      await server.operator.request(query);
      const statements = await recordStatements(server.services, () =>
        server.operator.request(query),
      );
      // Besides: the management key, the page, and the project.
      expect(statements.length).toBeLessThanOrEqual(types + 3);
    });
  });
});
