import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { clientKey, createApi, createGrant } from "../oauth/oauth-operations.js";
import { sweepExpired } from "../support/housekeeping.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  importClient,
  issueToken,
  tokenFailure,
  updateClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const VERIFY_CLIENT = `mutation ($input: VerifyClientInput!) {
  verifyClient(input: $input) { client { clientId subject issuer audience scopes customClaims } }
}`;
const EVENTS = `query ($filter: AuditEventFilter) {
  auditEvents(filter: $filter) { nodes { action actorId targetType targetId count ipAddress target { id } } }
}`;

describe("verifyClient", () => {
  let server: TestServer;
  let client: ClientView & Credentials;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator, {
      scopes: ["read:*", "write:users"],
      trustedMetadata: { tier: "gold" },
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const inputOf = ({ clientId, clientSecret }: Credentials, options: object = {}) => ({
    clientId,
    clientSecret,
    ...options,
  });
  const verify = async (of: Credentials = client, options: object = {}) =>
    (await server.anonymous.request(VERIFY_CLIENT, { input: inputOf(of, options) })).verifyClient
      .client;
  const failure = (of: Credentials, options: object = {}) =>
    server.anonymous.failure(VERIFY_CLIENT, { input: inputOf(of, options) });
  const expectSameRefusal = async (of: Credentials, code: string, options: object = {}) => {
    const { message, extensions } = await failure(of, options);
    expect(extensions.code).toBe(code);
    const token = await tokenFailure(server.anonymous, of, options);
    expect({ message, extensions }).toEqual({
      message: token.message,
      extensions: token.extensions,
    });
  };

  test("answers with what the client's token says, and makes none", async () => {
    const template = '{ "tier": {{ client.trusted_metadata.tier }} }';
    await updateProject(server.operator, { claimsTemplate: template });
    const sign = jest.spyOn(server.services.signingKeys, "sign");
    const load = jest.spyOn(server.services.tokenContexts, "load");
    const verified = await verify();
    expect(sign).not.toHaveBeenCalled();
    expect(load).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
    const { accessToken } = await issueToken(server.anonymous, client);
    const claims = decodeJwt(accessToken);
    expect(verified).toEqual({
      clientId: client.clientId,
      subject: claims.sub,
      issuer: claims.iss,
      audience: claims.aud,
      scopes: ["read:*", "write:users"],
      customClaims: { tier: "gold" },
    });
  });

  test("is for an API what the client has been granted there, in the form of its tokens", async () => {
    const api = await createApi(server.operator, {
      tokenProfile: "AUTH0",
      allowOmittedScope: false,
    });
    const audience = api.identifier;
    await expectSameRefusal(client, "INVALID_TARGET", { audience });
    await createGrant(server.operator, client, api, { scopes: ["read:invoices"] });
    expect(await verify(client, { audience })).toMatchObject({
      subject: `${client.clientId}@clients`,
      audience: [audience],
      scopes: ["read:invoices"],
    });
    expect(
      (await failure(client, { audience, requiredScopes: ["read:users"] })).extensions,
    ).toEqual(expect.objectContaining({ code: "INVALID_SCOPE" }));
  });

  test("requires scopes, which wildcards cover, and names the first that is missing", async () => {
    expect(await verify(client, { requiredScopes: ["read:users", "write:users"] })).toMatchObject({
      scopes: ["read:*", "write:users"],
    });
    const refused = await failure(client, {
      requiredScopes: ["read:users", "write:*", "delete:users"],
    });
    expect(refused.message).toBe("The client has not been granted a required scope");
    expect(refused.extensions).toEqual({
      code: "INVALID_SCOPE",
      path: ["input", "requiredScopes", 1],
    });
    // A permission of this server is no scope that a wildcard covers.
    const wide = await createClient(server.operator, { scopes: ["clients:*"] });
    expect((await failure(wide, { requiredScopes: ["clients:write"] })).extensions.code).toBe(
      "INVALID_SCOPE",
    );
  });

  test("refuses unknown, wrong, inactive and expired alike, as a token request", async () => {
    const inactive = await createClient(server.operator);
    await updateClient(server.operator, { clientId: inactive.clientId, status: "INACTIVE" });
    const expired = await createClient(server.operator, {
      expiresAt: new Date(server.clock.now().getTime() + 1000).toISOString(),
    });
    server.clock.advance(2);
    const withKey = await createClient(server.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      publicKeys: [{ pem: (await clientKey()).pem }],
    }).catch(() => null);
    const other = await server.otherProject();
    const foreign = await createClient(other.operator);
    for (const of of [
      { clientId: randomUUID(), clientSecret: client.clientSecret },
      { clientId: client.clientId, clientSecret: inactive.clientSecret },
      inactive,
      expired,
      foreign,
      ...(withKey ? [{ ...withKey, clientSecret: client.clientSecret }] : []),
    ]) {
      await expectSameRefusal(of, "INVALID_CLIENT");
    }
    expect(await verify(foreign, { projectId: other.projectId })).toMatchObject({
      clientId: foreign.clientId,
      audience: [other.projectId],
    });
  });

  test("refuses a client whose tokens are bound to a key, and one without a grant", async () => {
    const bound = await createClient(server.operator, { dpopBoundAccessTokens: true });
    await expectSameRefusal(bound, "INVALID_DPOP_PROOF");
    const without = await createClient(server.operator, { grantTypes: [] });
    await expectSameRefusal(without, "UNAUTHORIZED_CLIENT");
  });

  test("leaves one audit event for an hour and a network, which ends as those of tokens do", async () => {
    const of = await createClient(server.operator);
    for (let call = 0; call < 3; call++) await verify(of);
    await server.services.tokenAudit.flush();
    await verify(of);
    await server.services.tokenAudit.flush();
    const { clientId } = of;
    const events = async () =>
      (
        await server.operator.request(EVENTS, {
          filter: { action: "CLIENT_VERIFY", actorId: clientId },
        })
      ).auditEvents.nodes;
    expect(await events()).toEqual([
      {
        action: "CLIENT_VERIFY",
        actorId: clientId,
        targetType: "client",
        targetId: clientId,
        count: 4,
        ipAddress: "127.0.0.1",
        target: { id: expect.any(String) },
      },
    ]);
    server.clock.advance(30 * 24 * 3600);
    await sweepExpired(server);
    expect(await events()).toEqual([]);
  });
});

describe("customers behind one API that calls verifyClient", () => {
  let server: TestServer;

  afterAll(async () => {
    await server.stop();
  });

  const SECRET = "a secret that one of the customers chose";
  const importOne = async () => {
    const clientId = `customer-${randomUUID()}`;
    await importClient(server.operator, { clientId, clientSecret: SECRET });
    return clientId;
  };
  /** What the API is told for a customer with this address. */
  const codeFor = async (address: string, clientId: string, clientSecret: string) => {
    const { errors } = await server.anonymous.send(
      VERIFY_CLIENT,
      { input: { clientId, clientSecret } },
      { "x-forwarded-for": address },
    );
    return errors[0]?.extensions.code ?? "OK";
  };
  const guessTenTimes = async (clientId: string, address: (attempt: number) => string) => {
    for (let attempt = 0; attempt < 10; attempt++) {
      expect(await codeFor(address(attempt), clientId, `guess ${attempt}`)).toBe("INVALID_CLIENT");
    }
  };

  test("are throttled each by its own address if the API is a trusted proxy", async () => {
    server = await startTestServer({ trustedProxies: ["127.0.0.1"] });
    const clientId = await importOne();
    await guessTenTimes(clientId, () => "192.0.2.1");
    expect(await codeFor("192.0.2.1", clientId, SECRET)).toBe("RATE_LIMITED");
    expect(await codeFor("192.0.2.2", clientId, SECRET)).toBe("OK");
    // Of a customer with a right secret all addresses are its own.
    expect(await codeFor("192.0.2.1", await importOne(), SECRET)).toBe("OK");
  });

  test("share the API's address otherwise, whatever X-Forwarded-For says", async () => {
    await server.restart({ trustedProxies: [] });
    const clientId = await importOne();
    await guessTenTimes(clientId, (attempt) => `198.51.100.${attempt}`);
    expect(await codeFor("198.51.100.99", clientId, SECRET)).toBe("RATE_LIMITED");
  });
});
