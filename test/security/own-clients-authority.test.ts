import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  CREATE_GRANT,
  clientKey,
  createGrant,
  DELETE_GRANT,
  issueAccessToken,
  requestToken,
  UPDATE_GRANT,
  updateApi,
} from "../oauth/oauth-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  CREATE_CLIENT,
  createClient,
  DELETE_CLIENT,
  getClient,
  issueToken,
  REVOKE_PREVIOUS,
  ROTATE_SECRET,
  START_ROTATION,
  UPDATE_CLIENT,
  updateClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { OwnClientsWorld } from "./own-clients-world.js";

describe("a caller that manages the clients of its owner", () => {
  let server: TestServer;
  let world: OwnClientsWorld;
  let operator: GraphqlClient;
  let customers = 0;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    world = await OwnClientsWorld.create(server);
  });

  afterAll(async () => {
    await server.stop();
  });

  const newOwner = () => ({ externalId: `customer-${++customers}` });
  const code = async (as: GraphqlClient, operation: string, input: object) =>
    (await as.failure(operation, { input })).extensions.code;
  const refusal = async (as: GraphqlClient, operation: string, input: object) => {
    const { message, extensions } = await as.failure(operation, { input });
    return { message, code: extensions.code, path: extensions.path };
  };

  describe("gives to a client", () => {
    test("its owner, the listed metadata and the limits of its own client", async () => {
      await updateProject(operator, { inheritedMetadataKeys: ["customer", "absent"] });
      const owner = newOwner();
      const { caller, client: own } = await world.manager(owner, {
        client: {
          trustedMetadata: { customer: { id: 7 }, note: "internal" },
          accessTokenLifetimeSeconds: 600,
        },
      });
      const created = await createClient(caller, { scopes: ["read:users"] });
      expect(created.trustedMetadata).toEqual({ customer: { id: 7 } });
      expect(created.accessTokenLifetimeSeconds).toBe(600);
      const query = "query ($id: ID!) { client(clientId: $id) { owner { externalId } } }";
      const { client } = await caller.request(query, { id: created.clientId });
      expect(client.owner).toEqual(owner);
      await issueToken(server.anonymous, created);
      const { auditEvents } = await operator.request(
        "query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { action actorType actorId } } }",
        { filter: { targetId: created.clientId } },
      );
      expect(auditEvents.nodes).toContainEqual({
        action: "CLIENT_CREATE",
        actorType: "CLIENT",
        actorId: own.clientId,
      });
    });

    test("no scopes that it lacks, and wildcards only if it holds them", async () => {
      const { caller } = await world.manager(newOwner(), {
        client: { scopes: ["read:users", "files:*"] },
      });
      const allowed = ["read:users", "files:*", "files:list"];
      const { clientId } = await createClient(caller, { scopes: allowed });
      for (const scope of ["read:*", "write:users", "read:others", "own_clients:write"]) {
        const scopes = ["read:users", scope];
        const refused = { code: "FORBIDDEN", path: ["input", "scopes", 1] };
        expect(await refusal(caller, CREATE_CLIENT, { scopes })).toMatchObject(refused);
        expect(await refusal(caller, UPDATE_CLIENT, { clientId, scopes })).toMatchObject(refused);
      }
      await updateClient(caller, { clientId, scopes: [] });
      await updateClient(caller, { clientId, scopes: ["files:list"] });
    });

    test("neither metadata nor another owner, whether that exists or not", async () => {
      const owner = newOwner();
      const { caller } = await world.manager(owner);
      const other = newOwner();
      await createClient(operator, { owner: other });
      const { clientId } = await createClient(caller, { scopes: [], owner });
      await updateClient(caller, { clientId, owner });
      for (const trustedMetadata of [{}, { plan: "gold" }]) {
        const change = { trustedMetadata };
        const refused = { code: "FORBIDDEN", path: ["input", "trustedMetadata"] };
        expect(await refusal(caller, CREATE_CLIENT, { scopes: [], ...change })).toMatchObject(
          refused,
        );
        expect(await refusal(caller, UPDATE_CLIENT, { clientId, ...change })).toMatchObject(
          refused,
        );
      }
      const answers = [];
      for (const named of [other, { externalId: "nobody" }, { organizationId: "org_x" }]) {
        answers.push(await refusal(caller, CREATE_CLIENT, { scopes: [], owner: named }));
        answers.push(await refusal(caller, UPDATE_CLIENT, { clientId, owner: named }));
        answers.push(await refusal(caller, UPDATE_CLIENT, { clientId: "missing", owner: named }));
      }
      answers.push(await refusal(caller, UPDATE_CLIENT, { clientId, owner: null }));
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(answers[0]).toMatchObject({ code: "FORBIDDEN", path: ["input", "owner"] });
    });

    test("no longer life, no longer tokens, no other grants and no unbound tokens", async () => {
      const soon = new Date(server.clock.now().getTime() + 86_400_000).toISOString();
      const later = new Date(server.clock.now().getTime() + 90_000_000).toISOString();
      const { caller, client } = await world.manager(newOwner(), {
        client: { expiresAt: soon, accessTokenLifetimeSeconds: 600 },
      });
      const refused = async (input: object, field: string) => {
        const answer = await refusal(caller, CREATE_CLIENT, { scopes: [], ...input });
        expect(answer).toMatchObject({ code: "FORBIDDEN", path: ["input", field] });
      };
      await refused({}, "expiresAt");
      await refused({ expiresAt: later }, "expiresAt");
      const ends = { expiresAt: soon };
      await refused({ ...ends, accessTokenLifetimeSeconds: 601 }, "accessTokenLifetimeSeconds");
      const { clientId } = await createClient(caller, {
        scopes: [],
        ...ends,
        accessTokenLifetimeSeconds: 60,
      });
      for (const [field, value] of [
        ["expiresAt", later],
        ["expiresAt", null],
        ["accessTokenLifetimeSeconds", 3600],
        ["accessTokenLifetimeSeconds", null],
      ] as const) {
        const answer = await refusal(caller, UPDATE_CLIENT, { clientId, [field]: value });
        expect(answer).toMatchObject({ code: "FORBIDDEN", path: ["input", field] });
      }
      await updateClient(caller, { clientId, accessTokenLifetimeSeconds: 600 });
      await updateClient(operator, {
        clientId: client.clientId,
        dpopBoundAccessTokens: true,
        grantTypes: [],
      });
      await refused({ ...ends, dpopBoundAccessTokens: false }, "dpopBoundAccessTokens");
      await refused({ ...ends, grantTypes: ["CLIENT_CREDENTIALS"] }, "grantTypes");
      const { createClient: created } = await caller.request(
        "mutation ($input: CreateClientInput!) { createClient(input: $input) { client { dpopBoundAccessTokens grantTypes } } }",
        { input: { scopes: [], ...ends } },
      );
      expect(created.client).toEqual({ dpopBoundAccessTokens: true, grantTypes: [] });
      const grown = await refusal(caller, UPDATE_CLIENT, { clientId, scopes: ["read:users"] });
      expect(grown).toMatchObject({ code: "FORBIDDEN", path: ["input", "dpopBoundAccessTokens"] });
      await updateClient(caller, { clientId, name: "Renamed", status: "INACTIVE" });
    });

    test("grants on the APIs that it has grants on, of scopes that it has there", async () => {
      const { orders, bills } = world;
      const { caller } = await world.manager(newOwner(), {
        grants: new Map([
          [orders.apiId, { scopes: ["read:all"], accessTokenLifetimeSeconds: 300 }],
        ]),
      });
      const create = () => createClient(caller, { scopes: [] });
      const { clientId } = await create();
      const grant = (input: object) => ({ clientId, apiId: orders.apiId, ...input });
      expect(await refusal(caller, CREATE_GRANT, grant({ apiId: bills.apiId }))).toEqual(
        await refusal(caller, CREATE_GRANT, grant({ apiId: "api_missing" })),
      );
      for (const [input, field] of [
        [{ scopes: ["read:all", "write:all"] }, "scopes"],
        [{ scopes: ["undefined:scope"] }, "scopes"],
        [{ scopes: ["read:*"] }, "scopes"],
        [{ allScopes: true }, "allScopes"],
        [{ scopes: ["read:all"], accessTokenLifetimeSeconds: 301 }, "accessTokenLifetimeSeconds"],
        [{ scopes: ["read:all"] }, "accessTokenLifetimeSeconds"],
      ] as const) {
        const answer = await refusal(caller, CREATE_GRANT, grant(input));
        expect([answer.code, answer.path?.[1]]).toEqual(["FORBIDDEN", field]);
      }
      const { clientGrantId } = await createGrant(caller, { clientId }, orders, {
        scopes: [],
        accessTokenLifetimeSeconds: 300,
      });
      for (const change of [
        { scopes: ["write:all"] },
        { allScopes: true, scopes: [] },
        { accessTokenLifetimeSeconds: 400 },
        { accessTokenLifetimeSeconds: null },
      ]) {
        expect(await code(caller, UPDATE_GRANT, { clientGrantId, ...change })).toBe("FORBIDDEN");
      }
      await caller.request(UPDATE_GRANT, { input: { clientGrantId, scopes: ["read:all"] } });
      await caller.request(DELETE_GRANT, { input: { clientGrantId } });
      const given = await create();
      const { clientGrantId: theirs } = await createGrant(operator, given, bills, {
        scopes: ["read:all", "write:all"],
      });
      await caller.request(UPDATE_GRANT, {
        input: { clientGrantId: theirs, scopes: ["read:all"] },
      });
      const wider = { clientGrantId: theirs, scopes: ["read:all", "write:all"] };
      expect(await code(caller, UPDATE_GRANT, wider)).toBe("FORBIDDEN");
    });

    test("no longer tokens of an API through the client's own lifetime", async () => {
      const { orders } = world;
      await updateApi(operator, { apiId: orders.apiId, accessTokenLifetimeSeconds: 120 });
      const { caller } = await world.manager(newOwner(), {
        grants: new Map([[orders.apiId, { scopes: ["read:all"] }]]),
      });
      const client = await createClient(caller, { scopes: [] });
      await createGrant(caller, client, orders, { scopes: ["read:all"] });
      const longer = { clientId: client.clientId, accessTokenLifetimeSeconds: 3600 };
      expect(await refusal(caller, UPDATE_CLIENT, longer)).toMatchObject({
        code: "FORBIDDEN",
        path: ["input", "accessTokenLifetimeSeconds"],
      });
      await updateClient(caller, { ...longer, accessTokenLifetimeSeconds: 120 });
      await updateApi(operator, { apiId: orders.apiId, accessTokenLifetimeSeconds: null });
    });

    test("permissions on this server that its token names, within the same owner", async () => {
      const owner = newOwner();
      const permissions = ["own_clients:read", "own_clients:write", "tokens:write"];
      const { caller, client } = await world.manager(owner, { permissions });
      const second = await createClient(caller, { scopes: [] });
      const grant = (scopes: string[]) => ({
        clientId: second.clientId,
        apiId: world.management.apiId,
        scopes,
      });
      expect(await code(caller, CREATE_GRANT, grant(["clients:register"]))).toBe("FORBIDDEN");
      const narrow = await issueAccessToken(server, client, {
        audience: world.management.identifier,
        scope: "own_clients:read own_clients:write",
      });
      const narrowed = await server.services.bearerAuthenticator.authenticate(narrow, {
        requestId: "r",
        ipAddress: "",
      });
      expect([...narrowed.permissions].sort()).toEqual(["own_clients:read", "own_clients:write"]);
      await createGrant(caller, second, world.management, { scopes: ["own_clients:write"] });
      const helper = await world.callerOf(second);
      const third = await createClient(helper, { scopes: [] });
      expect((await getClient(caller, third.clientId))?.clientId).toBe(third.clientId);
      expect(await code(helper, ROTATE_SECRET, { clientId: client.clientId })).toBe("FORBIDDEN");
    });
  });

  describe("takes over only clients that hold no more than it does:", () => {
    async function refuseEveryWay(as: GraphqlClient, clientId: string, named: string) {
      const { jwk } = await clientKey();
      const inactive = { clientId, status: "INACTIVE" };
      await updateClient(as, inactive);
      const ways: [string, object][] = [
        [ROTATE_SECRET, {}],
        [ROTATE_SECRET, { clientSecret: "correct horse battery staple 7351" }],
        [START_ROTATION, {}],
        [UPDATE_CLIENT, { status: "ACTIVE" }],
        [UPDATE_CLIENT, { tokenEndpointAuthMethod: "CLIENT_SECRET_POST" }],
        [
          UPDATE_CLIENT,
          { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT", keys: { publicKeys: [{ jwk }] } },
        ],
      ];
      for (const [operation, input] of ways) {
        const { code: refused, message } = await refusal(as, operation, { clientId, ...input });
        expect([refused, input]).toEqual(["FORBIDDEN", input]);
        expect(message).toContain(named);
      }
      await updateClient(operator, { clientId, status: "ACTIVE" });
    }

    test("scopes", async () => {
      const owner = newOwner();
      const { caller } = await world.manager(owner);
      const more = await createClient(operator, { owner, scopes: ["read:users", "write:users"] });
      await refuseEveryWay(caller, more.clientId, "the scope write:users");
      await updateClient(caller, { clientId: more.clientId, scopes: ["read:users"] });
      const { rotateSecret } = await caller.request(ROTATE_SECRET, {
        input: { clientId: more.clientId, overlapSeconds: 0 },
      });
      expect(rotateSecret.clientSecret).not.toBeNull();
    });

    test("grants, and permissions on this server", async () => {
      const owner = newOwner();
      const { orders, bills, management } = world;
      const { caller } = await world.manager(owner, {
        grants: new Map([[orders.apiId, { scopes: ["read:all"] }]]),
      });
      for (const [api, access, named] of [
        [bills, { scopes: [] }, `access to the API ${bills.apiId}`],
        [orders, { scopes: ["write:all"] }, "the scope write:all"],
        [orders, { allScopes: true }, `all scopes of the API ${orders.apiId}`],
        [orders, { scopes: ["read:all"], accessTokenLifetimeSeconds: 7200 }, "7200 seconds"],
        [management, { scopes: ["tokens:write"] }, "the scope tokens:write"],
      ] as const) {
        const more = await createClient(operator, { owner, scopes: [] });
        await createGrant(operator, more, api, access);
        await refuseEveryWay(caller, more.clientId, named);
      }
    });

    test("time, key-bound tokens and longer tokens", async () => {
      const owner = newOwner();
      const { caller, client } = await world.manager(owner);
      const other = await createClient(operator, {
        owner,
        scopes: [],
        accessTokenLifetimeSeconds: 7200,
      });
      await refuseEveryWay(caller, other.clientId, "7200 seconds");
      await updateClient(operator, { clientId: other.clientId, accessTokenLifetimeSeconds: null });
      const expiresAt = new Date(server.clock.now().getTime() + 86_400_000).toISOString();
      await updateClient(operator, { clientId: client.clientId, expiresAt });
      await refuseEveryWay(caller, other.clientId, "an end later than");
      await updateClient(operator, {
        clientId: client.clientId,
        expiresAt: null,
        dpopBoundAccessTokens: true,
      });
      await refuseEveryWay(caller, other.clientId, "not bound to a key");
    });

    test("claims from metadata, as far as the project's template shows them", async () => {
      const owner = newOwner();
      const { caller } = await world.manager(owner, {
        client: { trustedMetadata: { tier: "gold" } },
      });
      const same = { tier: "gold", note: "only for operators" };
      const like = await createClient(operator, { owner, scopes: [], trustedMetadata: same });
      const more = await createClient(operator, {
        owner,
        scopes: [],
        trustedMetadata: { tier: "platinum" },
      });
      const rotate = (clientId: string) => ({ input: { clientId, overlapSeconds: 0 } });
      await caller.request(ROTATE_SECRET, rotate(more.clientId));
      await updateProject(operator, {
        claimsTemplate: '{ "tier": {{ client.trusted_metadata.tier || "free" }} }',
      });
      await refuseEveryWay(caller, more.clientId, "claims from its trusted metadata");
      await caller.request(ROTATE_SECRET, rotate(like.clientId));
      await updateProject(operator, { claimsTemplate: null });
    });

    test("claims from metadata that a template shows only beside something else", async () => {
      const owner = newOwner();
      const { caller } = await world.manager(owner, { client: { trustedMetadata: { tier: 1 } } });
      const create = (trustedMetadata: object) =>
        createClient(operator, { owner, scopes: [], name: "Export", trustedMetadata });
      const more = await create({ tenant: "acme" });
      const like = await create({ tier: 1, note: "only for operators" });
      const long = Array.from({ length: 40 }, () => "{{ client.name }}").join(" ");
      for (const claimsTemplate of [
        '{ "store": "{{ client.trusted_metadata.tenant }}/{{ request.store }}" }',
        '{ "store": "{{ client.trusted_metadata.absent }}/{{ client.trusted_metadata.tenant }}" }',
        `{ "tenant": {{ client.trusted_metadata.tenant }}, "label": "${long}" }`,
        '{ "all": {{ client.trusted_metadata }} }',
      ]) {
        await updateProject(operator, { claimsTemplate });
        await updateClient(caller, { clientId: more.clientId, name: "n".repeat(128) });
        await refuseEveryWay(caller, more.clientId, "claims from its trusted metadata");
      }
      await updateProject(operator, {
        claimsTemplate: '{ "tier": "{{ client.trusted_metadata.tier }}/{{ request.store }}" }',
      });
      await caller.request(ROTATE_SECRET, { input: { clientId: like.clientId } });
      await updateProject(operator, { claimsTemplate: null });
    });

    test("the introspection of tokens", async () => {
      const owner = newOwner();
      const { caller, client } = await world.manager(owner);
      const { clientId } = await createClient(operator, { owner, scopes: [] });
      const { apiId } = world.bills;
      await updateApi(operator, { apiId, introspectionClientId: clientId });
      await refuseEveryWay(caller, clientId, "the introspection of tokens");
      await updateApi(operator, { apiId, introspectionClientId: null });
      await updateProject(operator, { introspectionClientId: clientId });
      await refuseEveryWay(caller, clientId, "the introspection of tokens");
      await updateProject(operator, { introspectionClientId: null });
      await updateApi(operator, { apiId, introspectionClientId: client.clientId });
      await caller.request(ROTATE_SECRET, { input: { clientId: client.clientId } });
      await updateApi(operator, { apiId, introspectionClientId: null });
    });

    test("but ends and takes away what it likes, also of others", async () => {
      const owner = newOwner();
      const { caller } = await world.manager(owner);
      const more = await createClient(operator, { owner, scopes: ["admin:all"] });
      await operator.request(ROTATE_SECRET, { input: { clientId: more.clientId } });
      await caller.request(REVOKE_PREVIOUS, { input: { clientId: more.clientId } });
      await caller.request(
        "mutation ($input: RevokeClientTokensInput!) { revokeClientTokens(input: $input) { clientId } }",
        { input: { clientId: more.clientId } },
      );
      await caller.request(DELETE_CLIENT, { input: { clientId: more.clientId } });
    });
  });

  test("has idempotency keys that no other owner meets", async () => {
    const input = { scopes: ["read:users"], idempotencyKey: "first" };
    const owner = newOwner();
    const [one, same, other] = [
      await world.manager(owner),
      await world.manager(owner),
      await world.manager(newOwner()),
    ];
    const create = async (as: GraphqlClient, changes = {}) =>
      (await as.request(CREATE_CLIENT, { input: { ...input, ...changes } })).createClient;
    const ofOperator = await create(operator);
    const first = await create(one.caller);
    const second = await create(other.caller, { scopes: [] });
    const ids = [ofOperator, first, second].map(({ client }) => client.clientId);
    expect(new Set(ids).size).toBe(3);
    expect(await create(same.caller)).toMatchObject({
      client: { clientId: first.client.clientId },
      clientSecret: null,
    });
  });

  test("creates no more clients than its owner may have, also by calls at once", async () => {
    await updateProject(operator, { maximumClientsPerOwner: 5 });
    const owner = newOwner();
    const [one, two] = [await world.manager(owner), await world.manager(owner)];
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? one : two).caller.send(CREATE_CLIENT, { input: { scopes: [] } }),
      ),
    );
    const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? "OK").sort();
    expect(codes).toEqual([...Array(3).fill("OK"), ...Array(7).fill("PRECONDITION_FAILED")]);
    await createClient(operator, { owner });
    const { ownClientLimits } = await one.caller.request(
      `{ ownClientLimits {
        owner { externalId } scopes apis { identifier scopes allScopes } expiresAt clientCount maximumClients
      } }`,
    );
    expect(ownClientLimits).toEqual({
      owner,
      scopes: ["read:users"],
      apis: [
        {
          identifier: world.management.identifier,
          scopes: ["own_clients:read", "own_clients:write"],
          allScopes: false,
        },
      ],
      expiresAt: null,
      clientCount: 6,
      maximumClients: 5,
    });
    await updateProject(operator, { maximumClientsPerOwner: 100 });
  });

  test("loses its reach with its grant, whatever its token says", async () => {
    const { caller, client } = await world.manager(newOwner());
    await createClient(caller, { scopes: [] });
    const { clientGrants } = await operator.request(
      "query ($filter: ClientGrantFilter) { clientGrants(filter: $filter) { nodes { clientGrantId } } }",
      { filter: { clientId: client.clientId } },
    );
    const [{ clientGrantId }] = clientGrants.nodes;
    await operator.request(DELETE_GRANT, { input: { clientGrantId } });
    expect(await code(caller, CREATE_CLIENT, { scopes: [] })).toBe("FORBIDDEN");
  });

  test("does not keep its secrets of a client that comes to manage another owner's clients", async () => {
    const { caller } = await world.manager(newOwner());
    const client = await createClient(caller, { scopes: [] });
    await createGrant(caller, client, world.management, { scopes: ["own_clients:write"] });
    const move = { clientId: client.clientId, owner: newOwner() };
    const refused = await refusal(operator, UPDATE_CLIENT, move);
    expect(refused).toMatchObject({ code: "PRECONDITION_FAILED", path: ["input", "owner"] });
    await operator.request(ROTATE_SECRET, {
      input: { clientId: client.clientId, overlapSeconds: 0 },
    });
    await updateClient(operator, move);
    expect((await requestToken(server, client)).status).toBe(401);
  });
});
