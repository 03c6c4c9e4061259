import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildSchema } from "graphql";
import { constantCase } from "../../src/graphql-types/graphql-enum.js";
import { apiInput, createApi, createGrant } from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { allPages } from "../support/all-pages.js";
import {
  CREATE_CLIENT,
  createClient,
  createKey,
  issueToken,
  ROTATE_SECRET,
  START_ROTATION,
  UPDATE_CLIENT,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile, profileInput } from "../trusted-auth/attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

/** A mutation that changes something, and the event that it records. */
interface Recorded {
  input(): object | Promise<object>;
  /** Selection of the id of the changed object. */
  target: string;
  action: string;
  /** The target in the event, if that is more than the id. */
  recordedAs?: (targetId: string) => string;
}

/** Mutations that issue tokens and change nothing but timestamps. */
const LEAVE_NO_EVENT = new Set([
  "issueToken",
  "verifyClient",
  "verifyToken",
  "testProfile",
  "authenticateSession",
]);

const EVENTS = `query ($first: Int, $after: String, $filter: AuditEventFilter) {
  auditEvents(first: $first, after: $after, filter: $filter) {
    nodes { auditEventId action actorType actorId targetType targetId outcome requestId ipAddress occurredAt }
    pageInfo { hasNextPage endCursor } totalCount
  }
}`;

const mutations = Object.values(
  buildSchema(readFileSync("schema.graphql", "utf8")).getMutationType()?.getFields() ?? {},
);

describe("the audit log", () => {
  let server: TestServer;
  let issuer: ForeignIssuer;
  let otherIssuer: ForeignIssuer;

  beforeAll(async () => {
    server = await startTestServer();
    issuer = await foreignIssuer(server.clock, "ES256");
    otherIssuer = await foreignIssuer(server.clock, "ES256");
  });

  afterAll(async () => {
    await server.stop();
  });

  const newClient = async () => (await createClient(server.operator)).clientId;
  const rotating = async () => {
    const clientId = await newClient();
    await server.operator.request(START_ROTATION, { input: { clientId } });
    return clientId;
  };
  const overlapping = async () => {
    const clientId = await newClient();
    await server.operator.request(ROTATE_SECRET, { input: { clientId } });
    return clientId;
  };
  const newApiId = async () => (await createApi(server.operator)).apiId;
  const newGrantId = async () =>
    (
      await createGrant(
        server.operator,
        { clientId: await newClient() },
        { apiId: await newApiId() },
      )
    ).clientGrantId;
  const newPublishedKey = async () => {
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    return { kid: `old-key-${randomUUID()}`, publicKey: { pem: issuer.pem }, expiresAt };
  };
  const newOrganization = async () => (await createOrganization(server.operator)).organizationId;
  const newMember = async () =>
    (await createMember(server.operator, await newOrganization())).memberId;
  const newFinding = async () => ({ checkId: "client-unused", targetId: await newClient() });
  const ofCheck = (targetId: string) => `client-unused:${targetId}`;
  const newProfileId = () =>
    createProfile(server.operator, { keys: { publicKeys: [{ pem: issuer.pem }] } });
  const attestation = async () => {
    const organizationId = await newOrganization();
    await createMember(server.operator, organizationId);
    return { profileId: await newProfileId(), token: await issuer.token(), organizationId };
  };
  const newSession = async () => {
    const { attestSession } = await server.operator.request(
      "mutation ($input: AttestSessionInput!) { attestSession(input: $input) { session { sessionId } sessionToken } }",
      { input: await attestation() },
    );
    return attestSession;
  };

  /** A new mutation needs an entry here, or one in LEAVE_NO_EVENT. */
  const recorded: Record<string, Recorded> = {
    updateProject: {
      input: () => ({ name: "Audited" }),
      target: "project { projectId }",
      action: "project.update",
    },
    createManagementKey: {
      input: () => ({ name: "Audited", permissions: ["CLIENTS_READ"] }),
      target: "managementKey { managementKeyId }",
      action: "managementKey.create",
    },
    updateManagementKey: {
      input: async () => ({
        managementKeyId: (await createKey(server.operator, ["clients:read"])).managementKey
          .managementKeyId,
        name: "Renamed",
      }),
      target: "managementKey { managementKeyId }",
      action: "managementKey.update",
    },
    createProject: {
      input: () => ({ name: "Audited", environment: "TEST" }),
      target: "project { projectId }",
      action: "project.create",
    },
    deleteProject: {
      input: async () => ({ projectId: (await server.otherProject()).projectId }),
      target: "projectId",
      action: "project.delete",
    },
    deleteManagementKey: {
      input: async () => ({
        managementKeyId: (await createKey(server.operator, ["clients:read"])).managementKey
          .managementKeyId,
      }),
      target: "managementKeyId",
      action: "managementKey.delete",
    },
    createClient: {
      input: () => ({ scopes: [] }),
      target: "client { clientId }",
      action: "client.create",
    },
    importClient: {
      input: () => ({ clientId: "audited", secretHash: `$2b$10$${"a".repeat(53)}` }),
      target: "client { clientId }",
      action: "client.import",
    },
    updateClient: {
      input: async () => ({ clientId: await newClient(), name: "Audited" }),
      target: "client { clientId }",
      action: "client.update",
    },
    deleteClient: {
      input: async () => ({ clientId: await newClient() }),
      target: "clientId",
      action: "client.delete",
    },
    startSecretRotation: {
      input: async () => ({ clientId: await newClient() }),
      target: "client { clientId }",
      action: "client.startSecretRotation",
    },
    rotateSecret: {
      input: async () => ({ clientId: await newClient() }),
      target: "client { clientId }",
      action: "client.rotateSecret",
    },
    completeSecretRotation: {
      input: async () => ({ clientId: await rotating() }),
      target: "client { clientId }",
      action: "client.completeSecretRotation",
    },
    revokePreviousSecret: {
      input: async () => ({ clientId: await overlapping() }),
      target: "client { clientId }",
      action: "client.revokePreviousSecret",
    },
    cancelSecretRotation: {
      input: async () => ({ clientId: await rotating() }),
      target: "client { clientId }",
      action: "client.cancelSecretRotation",
    },
    createApi: {
      input: () => apiInput(),
      target: "api { apiId }",
      action: "api.create",
    },
    updateApi: {
      input: async () => ({ apiId: await newApiId(), name: "Audited" }),
      target: "api { apiId }",
      action: "api.update",
    },
    deleteApi: {
      input: async () => ({ apiId: await newApiId() }),
      target: "apiId",
      action: "api.delete",
    },
    createClientGrant: {
      input: async () => ({ clientId: await newClient(), apiId: await newApiId() }),
      target: "clientGrant { clientGrantId }",
      action: "clientGrant.create",
    },
    updateClientGrant: {
      input: async () => ({ clientGrantId: await newGrantId(), allScopes: false }),
      target: "clientGrant { clientGrantId }",
      action: "clientGrant.update",
    },
    deleteClientGrant: {
      input: async () => ({ clientGrantId: await newGrantId() }),
      target: "clientGrantId",
      action: "clientGrant.delete",
    },
    rotateSigningKey: {
      input: () => ({ force: true }),
      target: "signingKey { kid }",
      action: "signingKey.rotate",
    },
    revokeSigningKey: {
      input: async () => ({
        kid: (
          await server.operator.request(
            "mutation { rotateSigningKey(input: { force: true }) { signingKey { kid } } }",
          )
        ).rotateSigningKey.signingKey.kid,
      }),
      target: "signingKey { kid }",
      action: "signingKey.revoke",
    },
    publishKey: {
      input: newPublishedKey,
      target: "publishedKey { kid }",
      action: "publishedKey.create",
    },
    withdrawKey: {
      input: async () => {
        const input = await newPublishedKey();
        await server.operator.request(
          "mutation ($input: PublishKeyInput!) { publishKey(input: $input) { publishedKey { kid } } }",
          { input },
        );
        return { kid: input.kid };
      },
      target: "kid",
      action: "publishedKey.delete",
    },
    revokeToken: {
      input: async () =>
        issueToken(server.anonymous, await createClient(server.operator)).then(
          ({ accessToken }) => ({
            accessToken,
          }),
        ),
      target: "jti",
      action: "token.revoke",
    },
    revokeClientTokens: {
      input: async () => ({ clientId: await newClient() }),
      target: "client { clientId }",
      action: "client.revokeTokens",
    },
    createOrganization: {
      input: () => ({ name: "Audited" }),
      target: "organization { organizationId }",
      action: "organization.create",
    },
    updateOrganization: {
      input: async () => ({ organizationId: await newOrganization(), name: "Renamed" }),
      target: "organization { organizationId }",
      action: "organization.update",
    },
    deleteOrganization: {
      input: async () => ({ organizationId: await newOrganization() }),
      target: "organizationId",
      action: "organization.delete",
    },
    createMember: {
      input: async () => ({
        organizationId: await newOrganization(),
        emailAddress: "grace@example.com",
      }),
      target: "member { memberId }",
      action: "member.create",
    },
    updateMember: {
      input: async () => ({ memberId: await newMember(), name: "Audited" }),
      target: "member { memberId }",
      action: "member.update",
    },
    deleteMember: {
      input: async () => ({ memberId: await newMember() }),
      target: "memberId",
      action: "member.delete",
    },
    createProfile: {
      input: () => profileInput({ keys: { publicKeys: [{ pem: issuer.pem }] } }),
      target: "profile { profileId }",
      action: "profile.create",
    },
    updateProfile: {
      input: async () => ({ profileId: await newProfileId(), name: "Audited" }),
      target: "profile { profileId }",
      action: "profile.update",
    },
    addProfileKey: {
      input: async () => ({ profileId: await newProfileId(), publicKey: { pem: otherIssuer.pem } }),
      target: "profile { profileId }",
      action: "profile.addKey",
    },
    removeProfileKey: {
      input: async () => {
        const publicKeys = [{ pem: issuer.pem }, { pem: otherIssuer.pem }];
        const profileId = await createProfile(server.operator, { keys: { publicKeys } });
        const { profile } = await server.operator.request(
          "query ($profileId: ID!) { profile(profileId: $profileId) { keys { publicKeys { publicKeyId } } } }",
          { profileId },
        );
        return { profileId, publicKeyId: profile.keys.publicKeys[0].publicKeyId };
      },
      target: "profile { profileId }",
      action: "profile.removeKey",
    },
    deleteProfile: {
      input: async () => ({ profileId: await newProfileId() }),
      target: "profileId",
      action: "profile.delete",
    },
    attestSession: {
      input: attestation,
      target: "session { sessionId }",
      action: "session.start",
    },
    exchangeSession: {
      input: async () => {
        const { sessionToken } = await newSession();
        const organizationId = await newOrganization();
        await createMember(server.operator, organizationId);
        return { credential: { sessionToken }, organizationId };
      },
      target: "session { sessionId }",
      action: "session.exchange",
    },
    dismissReadinessFinding: {
      input: async () => ({ ...(await newFinding()), note: "Audited" }),
      target: "dismissal { targetId }",
      action: "readinessFinding.dismiss",
      recordedAs: ofCheck,
    },
    restoreReadinessFinding: {
      input: async () => {
        const finding = await newFinding();
        await server.operator.request(
          `mutation ($input: DismissReadinessFindingInput!) {
            dismissReadinessFinding(input: $input) { dismissal { targetId } }
          }`,
          { input: { ...finding, note: "Audited" } },
        );
        return finding;
      },
      target: "targetId",
      action: "readinessFinding.restore",
      recordedAs: ofCheck,
    },
    revokeSession: {
      input: async () => ({
        target: { sessionId: (await newSession()).session.sessionId },
      }),
      target: "sessionId",
      action: "session.revoke",
    },
  };

  const list = async (variables: object = {}, as = server.operator) =>
    (await as.request(EVENTS, variables)).auditEvents;
  const eventsOf = async (requestId: string | null) =>
    (await list({ first: 200, filter: { requestId } })).nodes;

  test("covers every mutation of the schema", () => {
    expect([...Object.keys(recorded), ...LEAVE_NO_EVENT].sort()).toEqual(
      mutations.map(({ name }) => name).sort(),
    );
  });

  test.each(Object.keys(recorded))("records one event for %s", async (mutation) => {
    const { input, target, action, recordedAs = String } = recorded[mutation] as Recorded;
    const type = mutations.find(({ name }) => name === mutation)?.args[0]?.type;
    const variables = { input: await input() };
    const key = await createKey(server.operator, [
      "settings:write",
      "management_keys:write",
      "clients:write",
      "clients:read",
      "apis:write",
      "signing_keys:write",
      "tokens:write",
      "profiles:write",
      "organizations:write",
      "members:write",
      "sessions:write",
      "projects:write",
    ]);
    const actor = server.withKey(server.projectId, key.secret);
    const answer = await actor.send(
      `mutation ($input: ${type}) { ${mutation}(input: $input) { ${target} } }`,
      variables,
    );
    expect(answer.errors).toEqual([]);
    const requestId = answer.headers.get("x-request-id");
    const [targetId] = JSON.stringify(answer.data).match(/"[^"]*"(?=[}]+$)/) ?? [];
    expect(await eventsOf(requestId)).toEqual([
      {
        auditEventId: expect.stringMatching(/^event_[0-9A-Za-z]{22}$/),
        action: constantCase(action),
        actorType: "MANAGEMENT_KEY",
        actorId: key.managementKey.managementKeyId,
        targetType: action.split(".")[0],
        targetId: recordedAs(JSON.parse(targetId ?? "null")),
        outcome: "SUCCESS",
        requestId,
        ipAddress: "127.0.0.1",
        occurredAt: server.clock.now().toISOString(),
      },
    ]);
  });

  test("records no event for a failed or replayed change", async () => {
    const failed = await server.operator.send(CREATE_CLIENT, { input: { scopes: ["a b"] } });
    const unknown = await server.operator.send(UPDATE_CLIENT, { input: { clientId: "nobody" } });
    const input = { scopes: [], idempotencyKey: "audited-once" };
    const first = await server.operator.send(CREATE_CLIENT, { input });
    const replay = await server.operator.send(CREATE_CLIENT, { input });
    const counts = [];
    for (const { headers } of [failed, unknown, first, replay]) {
      counts.push((await eventsOf(headers.get("x-request-id"))).length);
    }
    expect(counts).toEqual([0, 0, 1, 0]);
  });

  test("ignores request ids sent by callers", async () => {
    const answer = await server.operator.send(
      CREATE_CLIENT,
      { input: { scopes: [] } },
      { "x-request-id": "chosen-by-the-caller", "request-id": "chosen-by-the-caller" },
    );
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await eventsOf("chosen-by-the-caller")).toEqual([]);
  });

  test("is filtered by action, actor, target and time, in any combination", async () => {
    const { managementKey, secret } = await createKey(server.operator, ["clients:write"]);
    const actor = server.withKey(server.projectId, secret);
    server.clock.advance(60);
    const from = server.clock.now().toISOString();
    const first = await createClient(actor);
    server.clock.advance(1);
    const later = server.clock.now().toISOString();
    const second = await createClient(actor);
    await actor.request(UPDATE_CLIENT, { input: { clientId: first.clientId, name: "x" } });
    const eventsWith = async (filter: object) =>
      (await list({ first: 200, filter })).nodes.map(
        (event: { action: string; targetId: string }) => `${event.action} ${event.targetId}`,
      );
    const { managementKeyId: actorId } = managementKey;
    const creationOf = (client: { clientId: string }) => `CLIENT_CREATE ${client.clientId}`;
    const update = `CLIENT_UPDATE ${first.clientId}`;
    expect(new Set(await eventsWith({ actorId }))).toEqual(
      new Set([creationOf(first), creationOf(second), update]),
    );
    expect(await eventsWith({ targetId: first.clientId })).toEqual([update, creationOf(first)]);
    expect(await eventsWith({ actorId, action: "CLIENT_UPDATE" })).toEqual([update]);
    expect(await eventsWith({ action: "CLIENT_UPDATE", targetId: second.clientId })).toEqual([]);
    expect(await eventsWith({ occurredFrom: from, occurredBefore: later, actorId })).toEqual([
      creationOf(first),
    ]);
    expect(await eventsWith({ occurredFrom: later, actorId })).toHaveLength(2);
    expect(await eventsWith({ occurredBefore: from, actorId })).toEqual([]);
    expect((await list({ filter: { actorId } })).totalCount).toBe(3);
    const names = "action actorType targetId requestId occurredFrom occurredBefore".split(" ");
    const nulls = Object.fromEntries(names.map((name) => [name, null]));
    expect(await eventsWith({ ...nulls, actorId })).toHaveLength(3);
  });

  test.each(["occurredFrom", "occurredBefore"])(
    "refuses a time in %s that the databases do not hold",
    async (name) => {
      const filter = { [name]: "9999-12-31T23:59:59Z" };
      const { extensions } = await server.operator.failure(EVENTS, { filter });
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["filter", name] });
    },
  );

  test("returns every event exactly once across pages, newest first", async () => {
    const seen = await allPages<{ auditEventId: string; occurredAt: string }>((after) =>
      list({ first: 7, after }),
    );
    expect(new Set(seen.map(({ auditEventId }) => auditEventId)).size).toBe(seen.length);
    const times = seen.map(({ occurredAt }) => occurredAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  test("contains the project's own events only", async () => {
    const other = await server.otherProject();
    const { nodes } = await list({ first: 200 }, other.operator);
    expect(nodes.map(({ action }: { action: string }) => action).sort()).toEqual([
      "MANAGEMENT_KEY_CREATE",
      "PROJECT_CREATE",
    ]);
  });

  test.each([
    ["an unknown action", { filter: { action: "CLIENT_BURN" } }, ["filter", "action"]],
    ["a NUL in an actor", { filter: { actorId: "a\u0000" } }, ["filter", "actorId"]],
    ["a NUL in a target", { filter: { targetId: "\u0000" } }, ["filter", "targetId"]],
    ["a NUL in a request id", { filter: { requestId: "\u0000" } }, ["filter", "requestId"]],
    ["an invalid cursor", { after: "x" }, ["after"]],
    ["a page of 0 nodes", { first: 0 }, ["first"]],
  ])("refuses %s", async (_what, variables, path) => {
    const { extensions } = await server.operator.failure(EVENTS, variables);
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path });
  });

  test.each(["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])(
    "accepts %s as a time, or refuses it as a bad input",
    async (occurredFrom) => {
      const { errors } = await server.operator.send(EVENTS, { filter: { occurredFrom } });
      const codes = errors.map(({ extensions }) => extensions.code);
      expect(["", "BAD_USER_INPUT"]).toContain(codes.join());
    },
  );
});
