import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  type ApiView,
  ASSERTION_TYPE,
  assertion,
  basicHeader,
  type ClientKey,
  clientKey,
  createApi,
  createGrant,
  GRANT,
  issueAccessToken,
  issuerFor,
  type OAuthAnswer,
  post,
  postJson,
  requestToken,
  send,
  tokenPath,
} from "../oauth/oauth-operations.js";
import {
  githubProfile,
  githubToken,
  jwtBearer,
  tokenExchange,
} from "../oauth/token-exchange-operations.js";
import {
  createMember,
  createOrganization,
  updateMember,
  updateOrganization,
} from "../organizations/organization-operations.js";
import { basicAuthorization, GraphqlClient } from "../support/graphql-client.js";
import {
  createClient,
  getClient,
  ISSUE_TOKEN,
  tokenFailure,
  updateClient,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

describe("the clients of an owner", () => {
  let server: TestServer;
  let issuer: ForeignIssuer;
  let key: ClientKey;
  let management: ApiView;
  let repositories = 0;

  beforeAll(async () => {
    server = await startTestServer();
    issuer = await foreignIssuer(server.clock);
    key = await clientKey();
    management = await createApi(server.operator, {
      identifier: `${issuerFor(server)}/graphql`,
      scopes: [{ value: "clients:register" }, { value: "clients:read" }],
    });
  });

  // Ten refusals in a minute are the limit of a client.
  beforeEach(() => {
    server.clock.advance(60);
  });

  afterAll(async () => {
    await server.stop();
  });

  const isGranted = ({ status, body }: OAuthAnswer | { status: number; body: unknown }) => {
    if (status !== 200) expect(JSON.stringify(body)).toMatch(/invalid_(client|grant)/);
    return status === 200;
  };

  /** Everything that a client with this owner does: each tells whether it works. */
  async function usesOf(owner: object): Promise<Record<string, () => Promise<boolean>>> {
    const { operator, projectId } = server;
    const client = await createClient(operator, { owner });
    await createGrant(operator, client, management);
    const keyClient = await createClient(operator, {
      owner,
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { publicKeys: [{ pem: key.pem }] },
    });
    const repository = `octo-org/repo-${++repositories}`;
    const claims = { repository, sub: repository };
    const workload = await createClient(operator, { owner });
    await githubProfile(operator, issuer, workload.clientId, {
      claimConditions: [{ claim: "repository", operator: "EQUALS", values: [repository] }],
    });
    const token = await issueAccessToken(server, client, { audience: management.identifier });
    const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });
    const registrations = `/projects/${projectId}/oauth/register`;
    const metadata = { scope: "read:users" };
    const registered = await postJson(server, registrations, metadata, bearer(token));
    expect(registered.status).toBe(201);
    const { client_id: registeredId, registration_access_token: registrationToken } =
      registered.body;
    const registeredCredentials = {
      clientId: registeredId,
      clientSecret: registered.body.client_secret,
    };
    const introspect = async (headers: Record<string, string>) =>
      post(server, `/projects/${projectId}/oauth/introspect`, { token }, headers);
    const ofOperator = {
      authorization: basicAuthorization(projectId, server.managementSecret),
    };
    const askWith = async (parameters: Record<string, string>) =>
      isGranted(await post(server, tokenPath(server), parameters));
    return {
      client_secret_basic: async () =>
        isGranted(await post(server, tokenPath(server), GRANT, basicHeader(client))),
      client_secret_post: async () => isGranted(await requestToken(server, client)),
      private_key_jwt: async () =>
        askWith({
          ...GRANT,
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: await assertion(server, keyClient.clientId, key),
        }),
      "jwt-bearer": async () => askWith(jwtBearer(await githubToken(issuer, claims))),
      "token exchange": async () => askWith(tokenExchange(await githubToken(issuer, claims))),
      issueToken: async () => {
        const { clientId, clientSecret } = client;
        const input = { clientId, clientSecret };
        const { data, errors } = await server.anonymous.send(ISSUE_TOKEN, { input });
        if (errors[0]) expect(errors[0].extensions.code).toBe("INVALID_CLIENT");
        return data.issueToken !== null;
      },
      verifyToken: async () => {
        const input = { accessToken: token, audience: management.identifier };
        const { data, errors } = await operator.send(VERIFY_TOKEN, { input });
        if (errors[0]) expect(errors[0].message).toContain("or its owner is inactive");
        return data.verifyToken !== null;
      },
      "introspection of its token": async () => (await introspect(ofOperator)).body.active,
      "introspection by itself": async () => {
        const { status, body } = await introspect(basicHeader(client));
        expect([200, 401]).toContain(status);
        return body.active === true;
      },
      "a call of the API": async () => {
        const caller = new GraphqlClient(server.url, `Bearer ${token}`);
        const { data, errors } = await caller.send("{ clients(first: 1) { totalCount } }");
        if (errors[0]) expect(errors[0].extensions.code).toBe("UNAUTHENTICATED");
        return !!data?.clients;
      },
      registration: async () => {
        const { status } = await postJson(server, registrations, metadata, bearer(token));
        expect([201, 401]).toContain(status);
        return status === 201;
      },
      "a client that it has registered": async () =>
        isGranted(await post(server, tokenPath(server), GRANT, basicHeader(registeredCredentials))),
      "management of a registration": async () => {
        const path = `${registrations}/${registeredId}`;
        const { status } = await send(server, path, { headers: bearer(registrationToken) });
        expect([200, 401]).toContain(status);
        return status === 200;
      },
    };
  }

  async function working(uses: Record<string, () => Promise<boolean>>): Promise<string[]> {
    const results: string[] = [];
    for (const [name, use] of Object.entries(uses)) if (await use()) results.push(name);
    return results;
  }

  test("get no tokens and cannot use theirs while the organization is not active", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const uses = await usesOf({ organizationId });
    expect(await working(uses)).toEqual(Object.keys(uses));
    await updateOrganization(server.operator, { organizationId, status: "INACTIVE" });
    expect(await working(uses)).toEqual([]);
    server.clock.advance(60);
    await updateOrganization(server.operator, { organizationId, status: "ACTIVE" });
    expect(await working(uses)).toEqual(Object.keys(uses));
  });

  test("get no tokens and cannot use theirs while the member or its organization is not active", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const { memberId } = await createMember(server.operator, organizationId);
    const uses = await usesOf({ memberId });
    expect(await working(uses)).toEqual(Object.keys(uses));
    await updateMember(server.operator, { memberId, status: "INACTIVE" });
    expect(await working(uses)).toEqual([]);
    server.clock.advance(60);
    await updateOrganization(server.operator, { organizationId, status: "INACTIVE" });
    await updateMember(server.operator, { memberId, status: "ACTIVE" });
    expect(await working(uses)).toEqual([]);
    server.clock.advance(60);
    await updateOrganization(server.operator, { organizationId, status: "ACTIVE" });
    expect(await working(uses)).toEqual(Object.keys(uses));
  });

  test("get tokens whatever the server knows nothing about", async () => {
    const uses = await usesOf({ externalId: "customer" });
    expect(await working(uses)).toEqual(Object.keys(uses));
  });

  test("stay as they are while the owner is not active", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const client = await createClient(server.operator, { owner: { organizationId } });
    const before = await getClient(server.operator, client.clientId);
    await updateOrganization(server.operator, { organizationId, status: "INACTIVE" });
    expect(await getClient(server.operator, client.clientId)).toEqual(before);
    const from = server.logs().length;
    expect((await tokenFailure(server.anonymous, client)).extensions.code).toBe("INVALID_CLIENT");
    expect(server.logs().slice(from)).toContain('"refusal":"OWNER_INACTIVE"');
    await updateClient(server.operator, { clientId: client.clientId, status: "INACTIVE" });
    await updateOrganization(server.operator, { organizationId, status: "ACTIVE" });
    expect((await tokenFailure(server.anonymous, client)).extensions.code).toBe("INVALID_CLIENT");
  });

  test("follow a change of the owner", async () => {
    const { organizationId } = await createOrganization(server.operator);
    await updateOrganization(server.operator, { organizationId, status: "INACTIVE" });
    const client = await createClient(server.operator);
    const { clientId } = client;
    const token = await issueAccessToken(server, client);
    const verifies = async () => {
      const { data } = await server.operator.send(VERIFY_TOKEN, { input: { accessToken: token } });
      return data.verifyToken !== null;
    };
    expect(await verifies()).toBe(true);
    await updateClient(server.operator, { clientId, owner: { organizationId } });
    expect(await verifies()).toBe(false);
    await updateClient(server.operator, { clientId, owner: { externalId: "customer" } });
    expect(await verifies()).toBe(true);
  });

  test("are also those that one of them registers, whose registrar must be usable", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const registrar = await createClient(server.operator, { owner: { organizationId } });
    await createGrant(server.operator, registrar, management);
    const audience = management.identifier;
    const token = await issueAccessToken(server, registrar, { audience });
    const path = `/projects/${server.projectId}/oauth/register`;
    const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });
    const { body: theirs } = await postJson(server, path, { scope: "read:users" }, bearer(token));
    const query =
      "query ($clientId: ID!) { client(clientId: $clientId) { owner { organizationId } } }";
    const { client } = await server.operator.request(query, { clientId: theirs.client_id });
    expect(client.owner).toEqual({ organizationId });
    await updateClient(server.operator, { clientId: registrar.clientId, owner: null });
    const { body } = await postJson(server, path, { scope: "read:users" }, bearer(token));
    const clientId = body.client_id;
    await updateClient(server.operator, {
      clientId: registrar.clientId,
      owner: { organizationId },
    });
    const manage = () =>
      send(server, `${path}/${clientId}`, { headers: bearer(body.registration_access_token) });
    expect((await manage()).status).toBe(200);
    await updateOrganization(server.operator, { organizationId, status: "INACTIVE" });
    expect((await manage()).status).toBe(401);
    const credentials = { clientId, clientSecret: body.client_secret };
    expect((await post(server, tokenPath(server), GRANT, basicHeader(credentials))).status).toBe(
      200,
    );
  });
});
