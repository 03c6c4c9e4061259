import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { GraphQLInterfaceType } from "graphql";
import { buildSchema } from "../../src/schema.js";
import { PERMISSIONS, type Permission } from "../../src/shared/permissions.js";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { createKey, importClient, updateClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

/** Every type that implements Node, with its natural key and the permission that reading it takes. */
const KINDS: [kind: string, naturalKey: string, permission: Permission][] = [
  ["Project", "projectId", "settings:read"],
  ["ManagementKey", "managementKeyId", "management_keys:read"],
  ["Client", "clientId", "clients:read"],
  ["ClientGrant", "clientGrantId", "clients:read"],
  ["Api", "apiId", "apis:read"],
  ["Organization", "organizationId", "organizations:read"],
  ["Member", "memberId", "members:read"],
  ["Session", "sessionId", "sessions:read"],
  ["Profile", "profileId", "profiles:read"],
  ["SigningKey", "kid", "signing_keys:read"],
  ["PublishedKey", "kid", "signing_keys:read"],
  ["AuditEvent", "auditEventId", "audit:read"],
];

/** Every character that an imported client id may have. */
const IMPORTED_ID = "auth0|A.client_of/the:former@issuer-0";

const NODE = `query ($id: ID!) { node(id: $id) { __typename id
  ${KINDS.map(([type, key]) => `... on ${type} { ${key} }`).join("\n")}
} }`;

describe("node", () => {
  let server: TestServer;
  /** An object of each kind. */
  const objects = new Map<string, { id: string; key: string }>();
  const object = (kind: string) => objects.get(kind) ?? { id: "", key: "" };

  beforeAll(async () => {
    server = await startTestServer();
    const { operator, projectId } = server;
    const { clientId } = await importClient(operator, {
      clientId: IMPORTED_ID,
      clientSecret: "a-secret-that-nobody-guesses-81625",
    });
    const api = await createApi(operator);
    const { clientGrantId } = await createGrant(operator, { clientId }, api);
    const { managementKey } = await createKey(operator, ["CLIENTS_READ"]);
    const member = await createSessionMember(server, operator);
    const { session } = await member.startSession();
    const { pem } = await foreignIssuer(server.clock, "ES256");
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    await operator.request(
      "mutation ($input: PublishKeyInput!) { publishKey(input: $input) { publishedKey { kid } } }",
      { input: { kid: "former", publicKey: { pem }, expiresAt } },
    );
    const { signingKeys, auditEvents } = await operator.request(
      "{ signingKeys(first: 1) { nodes { kid } } auditEvents(first: 1) { nodes { auditEventId } } }",
    );
    const { apiId } = api;
    const { memberId, organizationId, profileId } = member;
    const { sessionId } = session;
    const data = await operator.request(
      `query ($clientId: ID!, $clientGrantId: ID!, $apiId: ID!, $organizationId: ID!, $memberId: ID!,
        $sessionId: ID!, $profileId: ID!) {
        Project: project { id }
        ManagementKey: managementKeys(first: 200) { nodes { id managementKeyId } }
        Client: client(clientId: $clientId) { id }
        ClientGrant: clientGrant(clientGrantId: $clientGrantId) { id }
        Api: api(apiId: $apiId) { id }
        Organization: organization(organizationId: $organizationId) { id }
        Member: member(memberId: $memberId) { id }
        Session: session(sessionId: $sessionId) { id }
        Profile: profile(profileId: $profileId) { id }
        SigningKey: signingKeys(first: 1) { nodes { id } }
        PublishedKey: publishedKeys { id }
        AuditEvent: auditEvents(first: 1) { nodes { id } }
      }`,
      { clientId, clientGrantId, apiId, organizationId, memberId, sessionId, profileId },
    );
    const keys: Record<string, string> = {
      Project: projectId,
      ManagementKey: managementKey.managementKeyId,
      Client: clientId,
      ClientGrant: clientGrantId,
      Api: apiId,
      Organization: organizationId,
      Member: memberId,
      Session: sessionId,
      Profile: profileId,
      SigningKey: signingKeys.nodes[0].kid,
      PublishedKey: "former",
      AuditEvent: auditEvents.nodes[0].auditEventId,
    };
    const [{ id: keyOfList }] = data.ManagementKey.nodes.filter(
      (key: { managementKeyId: string }) => key.managementKeyId === managementKey.managementKeyId,
    );
    for (const [kind] of KINDS) {
      const found = data[kind];
      const id = kind === "ManagementKey" ? keyOfList : (found.id ?? (found.nodes ?? found)[0].id);
      objects.set(kind, { id, key: keys[kind] ?? "" });
    }
  });

  afterAll(async () => {
    await server.stop();
  });

  test("finds objects of every type that implements Node", () => {
    const schema = buildSchema();
    const types = schema.getPossibleTypes(schema.getType("Node") as GraphQLInterfaceType);
    expect(KINDS.map(([kind]) => kind).sort()).toEqual(types.map(({ name }) => name).sort());
  });

  const nodeOf = async (id: string, as = server.operator) => (await as.request(NODE, { id })).node;

  test.each(KINDS)("finds a %s by its global id", async (kind, property) => {
    const { id, key } = object(kind);
    expect(await nodeOf(id)).toEqual({ __typename: kind, id, [property]: key });
  });

  test("has an opaque id for each object, in base64url", () => {
    const ids = [...objects.values()].map(({ id }) => id);
    expect(new Set(ids).size).toBe(KINDS.length);
    for (const id of ids) expect(id).toMatch(/^[\w-]+$/);
  });

  test.each(KINDS)(
    "finds a %s for a caller with no permission but its own",
    async (kind, _, needed) => {
      const { id } = object(kind);
      expect(await nodeOf(id, await server.keyWith(needed))).toMatchObject({ id });
    },
  );

  test.each(KINDS)(
    "finds no %s for a caller with every permission but its own",
    async (kind, _, needed) => {
      const others = PERMISSIONS.filter((permission) => permission !== needed);
      expect(await nodeOf(object(kind).id, await server.keyWith(...others))).toBeNull();
    },
  );

  test("finds what a mutation has answered with", async () => {
    const { operator, clock } = server;
    const { pem } = await foreignIssuer(clock, "ES256");
    const expiresAt = new Date(clock.now().getTime() + 60_000).toISOString();
    const answers = await operator.request(
      `mutation ($publicKey: PublicKeyInput!, $expiresAt: DateTime!) {
        createClient(input: { scopes: [] }) { of: client { id } }
        createApi(input: { identifier: "https://node.example.com", name: "A", scopes: [] }) { of: api { id } }
        createOrganization(input: { name: "Node" }) { of: organization { id } }
        createManagementKey(input: { name: "K", permissions: [AUDIT_READ] }) { of: managementKey { id } }
        publishKey(input: { kid: "k", publicKey: $publicKey, expiresAt: $expiresAt }) { of: publishedKey { id } }
        rotateSigningKey(input: { force: true }) { of: signingKey { id } }
        updateProject(input: { name: "Node" }) { of: project { id } }
      }`,
      { publicKey: { pem }, expiresAt },
    );
    const { startSession } = await createSessionMember(server, operator);
    const { sessionJwt } = await startSession();
    const { authenticateSession } = await server.anonymous.request(
      `mutation ($input: AuthenticateSessionInput!) {
        authenticateSession(input: $input) { session { id } member { id } organization { id } }
      }`,
      { input: { credential: { sessionJwt } } },
    );
    const found = [
      ...Object.values<{ of: { id: string } }>(answers).map(({ of }) => of),
      ...Object.values<{ id: string }>(authenticateSession),
    ];
    expect(found).toHaveLength(10);
    for (const { id } of found) expect(await nodeOf(id)).toMatchObject({ id });
  });

  test("finds nothing of another project", async () => {
    const other = await server.otherProject();
    for (const { id } of [...objects.values()]) expect(await nodeOf(id, other.operator)).toBeNull();
  });

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  test.each([
    ["empty text", () => ""],
    ["no base64url", () => "%%%"],
    ["no JSON", () => Buffer.from("Client").toString("base64url")],
    ["no list", () => encode({ type: "Client" })],
    ["too short a list", () => encode(["Client", server.projectId])],
    ["too long a list", () => encode(["Client", server.projectId, IMPORTED_ID, ""])],
    ["a number as key", () => encode(["Client", server.projectId, 1])],
    ["padding", () => Buffer.from(object("Client").id, "base64url").toString("base64")],
    ["an unknown client", () => encode(["Client", server.projectId, "client_unknown"])],
    ["a key with NUL", () => encode(["Client", server.projectId, "a\0b"])],
    ["an unknown type", () => encode(["Nothing", server.projectId, "a"])],
    ["a property of objects as type", () => encode(["constructor", server.projectId, "a"])],
    ["another key of the project", () => encode(["Project", server.projectId, "other"])],
  ])("finds nothing for %s", async (_, id) => {
    expect(await nodeOf(id())).toBeNull();
  });

  test("finds an id for several fields at once, and sees what an earlier mutation changed", async () => {
    const { id } = object("Client");
    await updateClient(server.operator, { clientId: IMPORTED_ID, name: "Before" });
    const data = await server.operator.request(
      `query ($id: ID!) {
        a: node(id: $id) { ... on Client { name } }
        b: node(id: $id) { ... on Client { name grants { nodes { client { name } } } } }
      }`,
      { id },
    );
    const grants = { nodes: [{ client: { name: "Before" } }] };
    expect(data).toEqual({ a: { name: "Before" }, b: { name: "Before", grants } });
    const grant = `createClientGrant(input: { clientId: $clientId, apiId: $apiId })
      { clientGrant { client { name } } }`;
    const { data: changed } = await server.operator.send(
      `mutation ($clientId: ID!, $apiId: ID!, $clientGrantId: ID!) {
        a: updateClientGrant(input: { clientGrantId: $clientGrantId }) { clientGrant { client { name } } }
        b: updateClient(input: { clientId: $clientId, name: "After" }) { client { id } }
        c: ${grant}
      }`,
      {
        clientId: IMPORTED_ID,
        apiId: (await createApi(server.operator)).apiId,
        clientGrantId: object("ClientGrant").key,
      },
    );
    expect(changed.a.clientGrant.client.name).toBe("Before");
    expect(changed.b.client.id).toBe(id);
    expect(changed.c.clientGrant.client.name).toBe("After");
  });

  test("is refused to a caller without credentials", async () => {
    const { extensions } = await server.anonymous.failure(NODE, { id: object("Client").id });
    expect(extensions.code).toBe("UNAUTHENTICATED");
  });
});
