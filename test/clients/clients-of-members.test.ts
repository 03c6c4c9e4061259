import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { AuditEvent } from "../../src/audit/audit-event.entity.js";
import {
  type ApiView,
  CREATE_GRANT,
  createApi,
  createGrant,
  DELETE_API,
  issueAccessToken,
  issuerFor,
} from "../oauth/oauth-operations.js";
import {
  createMember,
  createOrganization,
  updateMember,
  updateOrganization,
} from "../organizations/organization-operations.js";
import { GraphqlClient } from "../support/graphql-client.js";
import { sweepExpired } from "../support/housekeeping.js";
import {
  CREATE_CLIENT,
  createClient,
  DELETE_CLIENT,
  getClient,
  issueToken,
  ROTATE_SECRET,
  UPDATE_CLIENT,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest, createProfile } from "../trusted-auth/attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const OWNED = `query ($clientId: ID!) {
  client(clientId: $clientId) { owner { organizationId memberId externalId } trustedMetadata }
}`;
const LIMITS = `{
  ownClientLimits {
    owner { organizationId memberId } scopes apis { apiId scopes allScopes } clientCount expiresAt
  }
}`;

describe("the clients of members", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let profileId: string;
  let organizationId: string;
  let reports: ApiView;
  let ada: { memberId: string; caller: GraphqlClient };
  let grace: { memberId: string; caller: GraphqlClient };

  beforeAll(async () => {
    server = await startTestServer();
    ({ operator } = server);
    issuer = await foreignIssuer(server.clock, "ES256");
    profileId = await createProfile(operator, { keys: { publicKeys: [{ pem: issuer.pem }] } });
    reports = await createApi(operator, {
      identifier: "https://reports.example.com",
      scopes: [{ value: "read:reports" }, { value: "write:reports" }, { value: "admin" }],
    });
  });

  beforeEach(async () => {
    server.clock.advance(61);
    ({ organizationId } = await createOrganization(operator, {
      trustedMetadata: { customer: "acme", plan: "pro" },
    }));
    await allow({ owner: "MEMBER", scopes: ["read:*"], apiIds: [reports.apiId] });
    ada = await memberWith("ada@example.com");
    grace = await memberWith("grace@example.com");
  });

  afterAll(async () => {
    await server.stop();
  });

  const allow = (memberClients: object | null) =>
    updateOrganization(operator, { organizationId, memberClients });
  const memberWith = async (emailAddress: string) => {
    const { memberId } = await createMember(operator, organizationId, {
      emailAddress,
      trustedMetadata: { seat: emailAddress, customer: "of the member" },
    });
    const token = await issuer.token({ email: emailAddress, session_id: emailAddress });
    const { sessionJwt } = await attest(operator, { profileId, token, organizationId });
    return { memberId, caller: new GraphqlClient(server.url, `Bearer ${sessionJwt}`) };
  };
  const code = async (as: GraphqlClient, operation: string, input: object) =>
    (await as.failure(operation, { input })).extensions.code;
  const owned = async (clientId: string, as = operator) =>
    (await as.request(OWNED, { clientId })).client;

  test("belong to the member that creates them, and are seen by no other member", async () => {
    const client = await createClient(ada.caller, { scopes: ["read:reports"] });
    const { clientId } = client;
    expect(await owned(clientId)).toMatchObject({
      owner: { organizationId: null, memberId: ada.memberId, externalId: null },
    });
    expect((await issueToken(server.anonymous, client)).scope).toBe("read:reports");
    expect(await getClient(grace.caller, clientId)).toBeNull();
    expect(await code(grace.caller, ROTATE_SECRET, { clientId })).toBe("CLIENT_NOT_FOUND");
    expect(await code(grace.caller, DELETE_CLIENT, { clientId })).toBe("CLIENT_NOT_FOUND");
    const rotated = await ada.caller.request(ROTATE_SECRET, { input: { clientId } });
    await issueToken(server.anonymous, { clientId, ...rotated.rotateSecret });
    await ada.caller.request(DELETE_CLIENT, { input: { clientId } });
  });

  test("belong to the organization if it says so, and to all its members", async () => {
    await allow({ owner: "ORGANIZATION", scopes: ["read:reports"] });
    const { clientId } = await createClient(ada.caller, { scopes: ["read:reports"] });
    expect((await owned(clientId, grace.caller)).owner).toEqual({
      organizationId,
      memberId: null,
      externalId: null,
    });
    await grace.caller.request(ROTATE_SECRET, { input: { clientId } });
    await allow({ owner: "MEMBER", scopes: ["read:reports"] });
    expect(await getClient(ada.caller, clientId)).toBeNull();
  });

  test("inherit from the metadata of their owner what the project lists", async () => {
    await updateProject(operator, { inheritedMetadataKeys: ["customer"] });
    const own = await createClient(ada.caller, { scopes: [] });
    await allow({ owner: "ORGANIZATION", scopes: [] });
    const shared = await createClient(ada.caller, { scopes: [] });
    expect((await owned(own.clientId)).trustedMetadata).toEqual({ customer: "of the member" });
    expect((await owned(shared.clientId)).trustedMetadata).toEqual({ customer: "acme" });
    const input = { scopes: [], trustedMetadata: { customer: "another" } };
    expect(await code(ada.caller, CREATE_CLIENT, input)).toBe("FORBIDDEN");
    await updateProject(operator, { inheritedMetadataKeys: [] });
  });

  test("get the scopes and APIs that the organization names, and nothing else", async () => {
    const { ownClientLimits } = await ada.caller.request(LIMITS);
    expect(ownClientLimits).toEqual({
      owner: { organizationId: null, memberId: ada.memberId },
      scopes: ["read:*"],
      apis: [{ apiId: reports.apiId, scopes: ["read:reports"], allScopes: false }],
      clientCount: 0,
      expiresAt: null,
    });
    const client = await createClient(ada.caller, { scopes: ["read:anything"] });
    const { clientId } = client;
    expect(await code(ada.caller, CREATE_CLIENT, { scopes: ["write:reports"] })).toBe("FORBIDDEN");
    expect(await code(ada.caller, UPDATE_CLIENT, { clientId, scopes: ["admin"] })).toBe(
      "FORBIDDEN",
    );
    const grant = { clientId, apiId: reports.apiId };
    for (const access of [{ allScopes: true }, { scopes: ["write:reports"] }]) {
      expect(await code(ada.caller, CREATE_GRANT, { ...grant, ...access })).toBe("FORBIDDEN");
    }
    await createGrant(ada.caller, client, reports, { scopes: ["read:reports"] });
    const audience = reports.identifier;
    const token = decodeJwt(await issueAccessToken(server, client, { audience }));
    expect(token).toMatchObject({ aud: [audience], scope: "read:reports" });
    const other = await createApi(operator, { identifier: "https://other.example.com" });
    const known = await code(ada.caller, CREATE_GRANT, { clientId, apiId: other.apiId });
    expect([known, await code(ada.caller, CREATE_GRANT, { clientId, apiId: "unknown" })]).toEqual([
      "API_NOT_FOUND",
      "API_NOT_FOUND",
    ]);
  });

  test("lose nothing when the setting is narrowed, but cannot be taken over any more", async () => {
    const { clientId } = await createClient(ada.caller, { scopes: ["read:reports"] });
    await allow({ owner: "MEMBER", scopes: ["read:invoices"] });
    expect(await code(ada.caller, ROTATE_SECRET, { clientId })).toBe("FORBIDDEN");
    await ada.caller.request(UPDATE_CLIENT, { input: { clientId, scopes: [] } });
    await ada.caller.request(ROTATE_SECRET, { input: { clientId } });
  });

  test("get no grant on an API that has been deleted", async () => {
    const deleted = await createApi(operator, { identifier: "https://deleted.example.com" });
    const apiIds = [deleted.apiId, reports.apiId];
    await allow({ owner: "MEMBER", scopes: ["read:reports"], apiIds });
    await operator.request(DELETE_API, { input: { apiId: deleted.apiId } });
    const { clientId } = await createClient(ada.caller, { scopes: [] });
    const input = { clientId, apiId: deleted.apiId, scopes: ["read:reports"] };
    expect(await code(ada.caller, CREATE_GRANT, input)).toBe("API_NOT_FOUND");
    const { ownClientLimits } = await ada.caller.request(LIMITS);
    expect(ownClientLimits.apis.map(({ apiId }: ApiView) => apiId)).toEqual([reports.apiId]);
  });

  test("manage the other clients of their owner, where the organization lets them", async () => {
    const management = await createApi(operator, {
      identifier: `${issuerFor(server)}/graphql`,
      scopes: ["own_clients:read", "own_clients:write", "clients:write"].map((value) => ({
        value,
      })),
    });
    const scopes = ["own_clients:read", "own_clients:write", "read:reports"];
    await allow({ owner: "ORGANIZATION", scopes, apiIds: [management.apiId] });
    const client = await createClient(ada.caller, { scopes: ["read:reports"] });
    await createGrant(ada.caller, client, management, {
      scopes: ["own_clients:read", "own_clients:write"],
    });
    const audience = management.identifier;
    const token = await issueAccessToken(server, client, { audience });
    const machine = new GraphqlClient(server.url, `Bearer ${token}`);
    const { clientId } = await createClient(machine, { scopes: ["read:reports"] });
    expect((await owned(clientId, grace.caller)).owner.organizationId).toBe(organizationId);
    const input = { clientId, apiId: management.apiId, scopes: ["clients:write"] };
    expect(await code(ada.caller, CREATE_GRANT, input)).toBe("FORBIDDEN");
    expect(await code(machine, CREATE_GRANT, input)).toBe("FORBIDDEN");
    await operator.request(DELETE_API, { input: { apiId: management.apiId } });
  });

  describe("when a member loses its role between its authentication and the change", () => {
    test.each([
      ["createClient", CREATE_CLIENT, { scopes: ["read:reports"] }],
      ["rotateSecret", ROTATE_SECRET, {}],
    ])("refuse %s", async (_name, operation, input) => {
      await allow({ owner: "ORGANIZATION", roles: ["admin"], scopes: ["read:reports"] });
      await updateMember(operator, { memberId: ada.memberId, roles: ["admin"] });
      const { clientId } = await createClient(ada.caller, { scopes: ["read:reports"] });
      const { memberAuthenticator } = server.services;
      const { authenticate } = memberAuthenticator;
      memberAuthenticator.authenticate = async (...credentials) => {
        const caller = await authenticate.apply(memberAuthenticator, credentials);
        await updateMember(operator, { memberId: ada.memberId, roles: [] });
        return caller;
      };
      const named = operation === ROTATE_SECRET ? { ...input, clientId } : input;
      const refused = await code(ada.caller, operation, named);
      memberAuthenticator.authenticate = authenticate;
      expect(refused).toBe("FORBIDDEN");
    });
  });

  test("leave an audit event for each change, which stays", async () => {
    const one = await createClient(ada.caller, { scopes: [] });
    const two = await createClient(ada.caller, { scopes: [] });
    await ada.caller.request(ROTATE_SECRET, { input: { clientId: one.clientId } });
    const events = async () =>
      (
        await server.services.unitOfWork.read.findBy(AuditEvent, {
          actorType: "MEMBER",
          actorId: ada.memberId,
        })
      )
        .map(({ action, targetId, count }) => `${action} ${targetId} ${count}`)
        .sort();
    const expected = [
      `client.create ${one.clientId} 1`,
      `client.create ${two.clientId} 1`,
      `client.rotateSecret ${one.clientId} 1`,
    ].sort();
    expect(await events()).toEqual(expected);
    server.clock.advance(31 * 24 * 3600);
    await sweepExpired(server);
    expect(await events()).toEqual(expected);
  });
});
