import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader } from "jose";
import {
  type ClientView,
  CREATE_CLIENT,
  type Credentials,
  createClient,
  DELETE_CLIENT,
  IMPORT_CLIENT,
  UPDATE_CLIENT,
  UPDATE_PROJECT,
  updateClient,
  updateProject,
} from "../support/operations.js";
import { verifyWithPublishedKeys } from "../support/published-keys.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  type ApiView,
  apiInput,
  CREATE_API,
  CREATE_GRANT,
  createApi,
  createGrant,
  DELETE_API,
  DELETE_GRANT,
  epoch,
  type GrantView,
  issueAccessToken,
  issuerFor,
  requestToken,
  UPDATE_API,
  UPDATE_GRANT,
  updateApi,
} from "./oauth-operations.js";

const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);

describe("a token from the token endpoint", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let api: ApiView;
  let grant: GrantView;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator, { scopes: ["read:users", "write:users"] });
    api = await createApi(server.operator, { identifier: "https://api.example.com" });
    grant = await createGrant(server.operator, client, api, { scopes: ["read:invoices"] });
  });

  afterAll(async () => {
    await server.stop();
  });

  const updateGrant = (input: object) =>
    server.operator.request(UPDATE_GRANT, {
      input: { clientGrantId: grant.clientGrantId, ...input },
    });

  const verified = (token: string, audience: string) =>
    verifyWithPublishedKeys(server, token, { audience });

  describe("has the format", () => {
    const TEMPLATE = '{ "https://example.com/tier": {{ client.trusted_metadata.tier }} }';
    const common = () => ({
      iss: issuerFor(server),
      aud: "https://profile.example.com",
      scope: "read:invoices write:invoices",
      iat: epoch(server),
      exp: epoch(server) + 3600,
      jti: UUID,
      "https://example.com/tier": "gold",
    });
    let goldClient: ClientView & Credentials;
    let profiled: ApiView;

    beforeAll(async () => {
      await updateProject(server.operator, { claimsTemplate: TEMPLATE });
      goldClient = await createClient(server.operator, { trustedMetadata: { tier: "gold" } });
      const identifier = "https://profile.example.com";
      profiled = await createApi(server.operator, { identifier });
      await createGrant(server.operator, goldClient, profiled);
    });

    afterAll(async () => {
      await updateProject(server.operator, { claimsTemplate: null });
    });

    const tokenOf = async (settings: object) => {
      await updateApi(server.operator, { apiId: profiled.apiId, ...settings });
      const token = await issueAccessToken(server, goldClient, { audience: profiled.identifier });
      const { payload } = await verified(token, profiled.identifier);
      return { typ: decodeProtectedHeader(token).typ, payload };
    };

    test("of Stytch's SDKs for the profile DEFAULT", async () => {
      expect(await tokenOf({ tokenProfile: "DEFAULT" })).toEqual({
        typ: "JWT",
        payload: {
          ...common(),
          sub: goldClient.clientId,
          client_id: goldClient.clientId,
          aud: ["https://profile.example.com"],
          nbf: epoch(server),
        },
      });
    });

    test("of Auth0 for the profile AUTH0, with permissions on request", async () => {
      const payload = {
        ...common(),
        sub: `${goldClient.clientId}@clients`,
        azp: goldClient.clientId,
        gty: "client-credentials",
      };
      expect(await tokenOf({ tokenProfile: "AUTH0" })).toEqual({ typ: "JWT", payload });
      const permissions = ["read:invoices", "write:invoices"];
      expect(await tokenOf({ permissionsClaim: true })).toEqual({
        typ: "JWT",
        payload: { ...payload, permissions },
      });
    });

    test("of RFC 9068 for the profile RFC9068", async () => {
      expect(await tokenOf({ tokenProfile: "RFC9068" })).toEqual({
        typ: "at+jwt",
        payload: { ...common(), sub: goldClient.clientId, client_id: goldClient.clientId },
      });
    });

    test("of the project's profile when its audience is the project", async () => {
      await updateProject(server.operator, { tokenProfile: "RFC9068" });
      const token = await issueAccessToken(server, client);
      expect(decodeProtectedHeader(token).typ).toBe("at+jwt");
      expect(decodeJwt(token).aud).toBe(server.projectId);
      await updateProject(server.operator, { tokenProfile: "AUTH0" });
      const auth0Token = await issueAccessToken(server, client, { audience: server.projectId });
      expect(decodeJwt(auth0Token).sub).toBe(`${client.clientId}@clients`);
      await updateProject(server.operator, { tokenProfile: "DEFAULT" });
    });

    test.each(["PS256", "ES256", "EdDSA", "RS256"])(
      "of the API's signing algorithm %s",
      async (signingAlgorithm) => {
        await updateApi(server.operator, {
          apiId: api.apiId,
          signingAlgorithm: signingAlgorithm.toUpperCase(),
          force: true,
        });
        const token = await issueAccessToken(server, client, { audience: api.identifier });
        expect(decodeProtectedHeader(token).alg).toBe(signingAlgorithm);
        await verified(token, api.identifier);
        expect(decodeProtectedHeader(await issueAccessToken(server, client)).alg).toBe("RS256");
        await updateApi(server.operator, { apiId: api.apiId, signingAlgorithm: null });
      },
    );
  });

  test.each([
    ["a new client", CREATE_CLIENT, () => ({ scopes: [] })],
    ["a client", UPDATE_CLIENT, () => ({ clientId: client.clientId })],
    [
      "an imported client",
      IMPORT_CLIENT,
      () => ({
        clientId: "billing",
        clientSecret: "a-secret-of-more-than-enough-length",
        scopes: [],
      }),
    ],
    ["a new API", CREATE_API, apiInput],
    ["an API", UPDATE_API, () => ({ apiId: api.apiId })],
    [
      "a new grant",
      CREATE_GRANT,
      () => ({ clientId: client.clientId, apiId: api.apiId, allScopes: true }),
    ],
    ["a grant", UPDATE_GRANT, () => ({ clientGrantId: grant.clientGrantId })],
    ["the project", UPDATE_PROJECT, () => ({})],
  ])("cannot have a lifetime of 0 seconds from %s", async (_what, operation, target) => {
    const input = { ...target(), accessTokenLifetimeSeconds: 0 };
    const { extensions } = await server.operator.failure(operation, { input });
    expect(extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "accessTokenLifetimeSeconds"],
    });
  });

  describe("has the most specific lifetime:", () => {
    let limited: ClientView & Credentials;
    let limitedGrant: GrantView;

    beforeEach(async () => {
      limited = await createClient(server.operator, { accessTokenLifetimeSeconds: 1000 });
      await updateApi(server.operator, { apiId: api.apiId, accessTokenLifetimeSeconds: 900 });
      const input = { allScopes: true, accessTokenLifetimeSeconds: 800 };
      limitedGrant = await createGrant(server.operator, limited, api, input);
    });

    afterAll(async () => {
      await updateProject(server.operator, { accessTokenLifetimeSeconds: 3600 });
      await updateApi(server.operator, { apiId: api.apiId, accessTokenLifetimeSeconds: null });
    });

    const lifetime = async (audience = api.identifier) => {
      const { body } = await requestToken(server, limited, { audience });
      const { exp = 0, iat = 0 } = decodeJwt(body.access_token);
      expect(exp - iat).toBe(body.expires_in);
      return body.expires_in;
    };

    test("the grant's, the client's, the API's, the project's", async () => {
      expect(await lifetime()).toBe(800);
      const { clientGrantId } = limitedGrant;
      const input = { clientGrantId, accessTokenLifetimeSeconds: null };
      await server.operator.request(UPDATE_GRANT, { input });
      expect(await lifetime()).toBe(1000);
      const { clientId } = limited;
      await updateClient(server.operator, { clientId, accessTokenLifetimeSeconds: null });
      expect(await lifetime()).toBe(900);
      await updateApi(server.operator, { apiId: api.apiId, accessTokenLifetimeSeconds: null });
      expect(await lifetime()).toBe(3600);
      await updateProject(server.operator, { accessTokenLifetimeSeconds: 700 });
      expect(await lifetime()).toBe(700);
    });

    test("or the time until the client expires, if that is shorter", async () => {
      const end = server.clock.now().getTime() + 500_500;
      const { clientId } = limited;
      await updateClient(server.operator, { clientId, expiresAt: new Date(end).toISOString() });
      expect(await lifetime()).toBe(500);
      expect(await lifetime(server.projectId)).toBe(500);
      server.clock.advance(499);
      expect(await lifetime()).toBe(1);
      // With less than a second left, the lifetime is still one second.
      server.clock.advance(1);
      expect(await lifetime()).toBe(1);
      server.clock.advance(0.5);
      expect((await requestToken(server, limited)).status).toBe(401);
    });
  });

  describe("reflects immediately", () => {
    const scope = async () =>
      (await requestToken(server, client, { audience: api.identifier })).body.scope;
    const scopes = (...values: string[]) =>
      updateApi(server.operator, {
        apiId: api.apiId,
        scopes: values.map((value) => ({ value })),
      });

    test("a scope that is removed from the API and added again", async () => {
      await updateGrant({ scopes: ["read:invoices", "write:invoices"] });
      expect(await scope()).toBe("read:invoices write:invoices");
      await scopes("write:invoices");
      expect(await scope()).toBe("write:invoices");
      const audience = api.identifier;
      const removed = await requestToken(server, client, { audience, scope: "read:invoices" });
      expect(removed.body.error).toBe("invalid_scope");
      await scopes("read:invoices", "write:invoices");
    });

    test("a scope that is removed from the grant", async () => {
      await updateGrant({ scopes: ["read:invoices"] });
      expect(await scope()).toBe("read:invoices");
      await updateGrant({ scopes: [] });
      expect(await scope()).toBe("");
    });

    test("a grant of all scopes when the API's scopes change", async () => {
      await updateGrant({ scopes: [], allScopes: true });
      expect(await scope()).toBe("read:invoices write:invoices");
      await scopes("read:invoices", "write:invoices", "delete:invoices");
      expect(await scope()).toBe("read:invoices write:invoices delete:invoices");
      await scopes("delete:invoices");
      expect(await scope()).toBe("delete:invoices");
    });

    test("the deletion of a grant and of an API", async () => {
      const errorOf = async ({ identifier }: ApiView) =>
        (await requestToken(server, client, { audience: identifier })).body.error;
      const brief = await createApi(server.operator);
      const { clientGrantId } = await createGrant(server.operator, client, brief);
      expect(await errorOf(brief)).toBeUndefined();
      await server.operator.request(DELETE_GRANT, { input: { clientGrantId } });
      expect(await errorOf(brief)).toBe("invalid_target");
      await createGrant(server.operator, client, brief);
      expect(await errorOf(brief)).toBeUndefined();
      await server.operator.request(DELETE_API, { input: { apiId: brief.apiId } });
      expect(await errorOf(brief)).toBe("invalid_target");
    });

    test("the deactivation, activation and deletion of a client", async () => {
      const changing = await createClient(server.operator);
      const { clientId } = changing;
      const status = async () => (await requestToken(server, changing)).status;
      expect(await status()).toBe(200);
      await updateClient(server.operator, { clientId, status: "INACTIVE" });
      expect(await status()).toBe(401);
      await updateClient(server.operator, { clientId, status: "ACTIVE" });
      expect(await status()).toBe(200);
      await server.operator.request(DELETE_CLIENT, { input: { clientId } });
      expect(await status()).toBe(401);
    });
  });
});
