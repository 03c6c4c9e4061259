import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { startHousekeeping } from "../../src/housekeeping.js";
import { MAX_CLOCK_DIFFERENCE_SECONDS } from "../../src/shared/clock.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { basicAuthorization, type GraphqlClient } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  createKey,
  updateClient,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  basicHeader,
  createApi,
  createGrant,
  GRANT,
  issueAccessToken,
  issuerFor,
  post,
} from "./oauth-operations.js";

const REVOKE_TOKEN = "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { jti } }";
const REVOKE_ALL = `mutation ($input: RevokeClientTokensInput!) {
  revokeClientTokens(input: $input) { client { clientId tokensNotBefore version } }
}`;

describe("token revocation", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let token: string;

  beforeAll(async () => {
    server = await startTestServer();
  });

  beforeEach(async () => {
    client = await createClient(server.operator);
    token = await issueAccessToken(server, client);
  });

  afterAll(async () => {
    await server.stop();
  });

  const verify = async (accessToken: string, as = server.anonymous) => {
    const { errors } = await as.send(VERIFY_TOKEN, { input: { accessToken } });
    return errors[0]?.extensions.code ?? "VALID";
  };
  const isActive = async (accessToken: string) => {
    const headers = {
      authorization: basicAuthorization(server.projectId, server.managementSecret),
    };
    const path = `/projects/${server.projectId}/oauth/introspect`;
    return (await post(server, path, { token: accessToken }, headers)).body.active;
  };
  const expectValid = async (...tokens: string[]) => {
    for (const accessToken of tokens) {
      expect(await verify(accessToken)).toBe("VALID");
      expect(await isActive(accessToken)).toBe(true);
    }
  };
  const expectRevoked = async (...tokens: string[]) => {
    for (const accessToken of tokens) {
      expect(await verify(accessToken)).toBe("INVALID_TOKEN");
      expect(await isActive(accessToken)).toBe(false);
    }
  };
  const keyWith = async (...permissions: string[]) => {
    const { secret } = await createKey(server.operator, permissions);
    return { authorization: basicAuthorization(server.projectId, secret) };
  };

  describe("at /oauth/revoke (RFC 7009)", () => {
    const path = () => `/projects/${server.projectId}/oauth/revoke`;
    const revoke = (accessToken: string, headers: Record<string, string>) =>
      post(server, path(), { token: accessToken }, headers);
    const expectDone = async (request: ReturnType<typeof revoke>) => {
      const { status, text, headers } = await request;
      expect({ status, text }).toEqual({ status: 200, text: "" });
      expect(headers.get("cache-control")).toBe("no-store");
    };

    test("by its client revokes that token only", async () => {
      const another = await issueAccessToken(server, client);
      await expectDone(revoke(token, basicHeader(client)));
      await expectRevoked(token);
      await expectValid(another);
    });

    test("revokes a token that a file has ended with a line break", async () => {
      const fromFile = await issueAccessToken(server, client);
      await expectDone(revoke(`${fromFile}\n`, basicHeader(client)));
      await expectRevoked(fromFile);
    });

    test("by a management key revokes an API's token", async () => {
      const api = await createApi(server.operator);
      await createGrant(server.operator, client, api);
      const forApi = await issueAccessToken(server, client, { audience: api.identifier });
      await expectDone(revoke(forApi, await keyWith("tokens:write")));
      expect(await isActive(forApi)).toBe(false);
      await expectValid(token);
    });

    test("can be repeated, also concurrently", async () => {
      await Promise.all(
        Array.from({ length: 4 }, () => expectDone(revoke(token, basicHeader(client)))),
      );
      await expectDone(revoke(token, basicHeader(client)));
      await expectRevoked(token);
    });

    test("by another client is refused for a valid token, and done for anything else", async () => {
      const otherClient = await createClient(server.operator);
      const api = await createApi(server.operator, { introspectionClientId: otherClient.clientId });
      await createGrant(server.operator, client, api);
      const forApi = await issueAccessToken(server, client, { audience: api.identifier });
      for (const accessToken of [token, forApi]) {
        const { status, body, headers } = await revoke(accessToken, basicHeader(otherClient));
        expect({ status, body }).toEqual({
          status: 400,
          body: {
            error: "unauthorized_client",
            error_description: "The token was issued to another client",
          },
        });
        expect(headers.get("cache-control")).toBe("no-store");
      }
      await expectValid(token);
      expect(await isActive(forApi)).toBe(true);
      const other = await server.otherProject();
      const foreign = await createClient(other.operator);
      const path = `/projects/${other.projectId}`;
      const { body } = await post(server, `${path}/oauth/token`, GRANT, basicHeader(foreign));
      await revoke(forApi, basicHeader(client));
      for (const accessToken of [
        "x",
        "a.b.c",
        `${token}x`,
        otherClient.clientSecret,
        body.access_token,
        forApi,
      ]) {
        await expectDone(revoke(accessToken, basicHeader(otherClient)));
      }
      server.clock.advance(3600);
      await expectDone(revoke(token, basicHeader(otherClient)));
    });

    test("by a management key is done for what is no token of the project", async () => {
      const headers = await keyWith("tokens:write");
      for (const accessToken of ["x", "a.b.c", `${token}x`]) {
        await expectDone(revoke(accessToken, headers));
      }
      await expectValid(token);
    });

    test("is refused without valid credentials or without the permission", async () => {
      const other = await server.otherProject();
      const foreignClient = await createClient(other.operator);
      for (const [headers, status] of [
        [{}, 401],
        [basicHeader({ ...client, clientSecret: "wrong" }), 401],
        [basicHeader(foreignClient), 401],
        [{ authorization: `Bearer ${token}` }, 401],
        [await keyWith("tokens:read", "clients:write"), 403],
      ] as [Record<string, string>, number][]) {
        expect((await revoke(token, headers)).status).toBe(status);
      }
      expect((await post(server, path(), {}, basicHeader(client))).body.error).toBe(
        "invalid_request",
      );
      await expectValid(token);
    });

    test("does not revoke a session JWT", async () => {
      const member = await createSessionMember(server, server.operator);
      const { sessionJwt } = await member.startSession();
      await expectDone(revoke(sessionJwt, await keyWith("tokens:write")));
      const { errors } = await server.anonymous.send(
        "mutation ($input: AuthenticateSessionInput!) { authenticateSession(input: $input) { session { sessionId } } }",
        { input: { credential: { sessionJwt } } },
      );
      expect(errors).toEqual([]);
    });
  });

  describe("by GraphQL", () => {
    const revoke = (accessToken: string, as: GraphqlClient = server.operator) =>
      as.send(REVOKE_TOKEN, { input: { accessToken } });

    test("takes effect immediately and records an audit event", async () => {
      const { data, headers } = await revoke(token);
      const { jti } = decodeJwt(token);
      expect(data).toEqual({ revokeToken: { jti } });
      await expectRevoked(token);
      const requestId = headers.get("x-request-id");
      const { auditEvents } = await server.operator.request(
        "query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { action targetId } } }",
        { filter: { requestId } },
      );
      expect(auditEvents.nodes).toEqual([{ action: "TOKEN_REVOKE", targetId: jti }]);
    });

    test("requires the permission and a valid token of the project", async () => {
      const other = await server.otherProject();
      const codes = [];
      for (const answer of [
        await revoke(token, await server.keyWith("tokens:read", "clients:write")),
        await revoke(token, server.anonymous),
        await revoke(token, other.operator),
        await revoke(`${token}x`),
        await revoke(""),
      ]) {
        codes.push(answer.errors[0]?.extensions.code);
      }
      expect(codes).toEqual([
        "FORBIDDEN",
        "UNAUTHENTICATED",
        "INVALID_TOKEN",
        "INVALID_TOKEN",
        "BAD_USER_INPUT",
      ]);
      await expectValid(token);
    });
  });

  test("works while the client is inactive and lasts when it is active again", async () => {
    const { clientId } = client;
    const another = await issueAccessToken(server, client);
    const other = await issueAccessToken(server, client);
    await updateClient(server.operator, { clientId, status: "INACTIVE" });
    await server.operator.request(REVOKE_TOKEN, { input: { accessToken: token } });
    await server.operator.request(REVOKE_TOKEN, { input: { accessToken: token } });
    const path = `/projects/${server.projectId}/oauth/revoke`;
    await post(server, path, { token: another }, await keyWith("tokens:write"));
    await updateClient(server.operator, { clientId, status: "ACTIVE" });
    await expectRevoked(token, another);
    await expectValid(other);
  });

  describe("of all tokens of a client", () => {
    const revokeAll = (input: object, as: GraphqlClient = server.operator) =>
      as.send(REVOKE_ALL, { input });

    test("ends tokens that were issued before, and no later ones of the same second", async () => {
      const { clientId, version } = client;
      const otherClient = await createClient(server.operator);
      const otherToken = await issueAccessToken(server, otherClient);
      const revoked = [token, await issueAccessToken(server, client)];
      server.clock.advance(1);
      revoked.push(await issueAccessToken(server, client));
      const { data } = await revokeAll({ clientId });
      expect(data.revokeClientTokens.client).toEqual({
        clientId,
        tokensNotBefore: server.clock.now().toISOString(),
        version: version + 1,
      });
      await expectRevoked(...revoked);
      await expectValid(otherToken);
      await expectValid(await issueAccessToken(server, client));
      await expectRevoked(...revoked);
    });

    test("ends tokens for an API", async () => {
      const api = await createApi(server.operator);
      await createGrant(server.operator, client, api);
      const forApi = await issueAccessToken(server, client, { audience: api.identifier });
      await revokeAll({ clientId: client.clientId });
      expect(await isActive(forApi)).toBe(false);
    });

    test("requires the permission, the own project and the expected version", async () => {
      const { clientId } = client;
      const other = await server.otherProject();
      const codes = [];
      for (const answer of [
        await revokeAll({ clientId }, await server.keyWith("clients:write")),
        await revokeAll({ clientId }, other.operator),
        await revokeAll({ clientId: "nobody" }),
        await revokeAll({ clientId, expectedVersion: 2 }),
      ]) {
        codes.push(answer.errors[0]?.extensions.code);
      }
      expect(codes).toEqual([
        "FORBIDDEN",
        "CLIENT_NOT_FOUND",
        "CLIENT_NOT_FOUND",
        "VERSION_CONFLICT",
      ]);
      await expectValid(token);
    });
  });

  test("takes effect immediately on every server of a database", async () => {
    const secondInstance = await server.secondInstance();
    const clients = secondInstance
      ? [server.anonymous, secondInstance.anonymous]
      : [server.anonymous];
    const results = async () => Promise.all(clients.map((as) => verify(token, as)));
    expect(new Set(await results())).toEqual(new Set(["VALID"]));
    await server.operator.request(REVOKE_TOKEN, { input: { accessToken: token } });
    expect(new Set(await results())).toEqual(new Set(["INVALID_TOKEN"]));
    token = await issueAccessToken(server, client);
    expect(new Set(await results())).toEqual(new Set(["VALID"]));
    await server.operator.request(REVOKE_ALL, { input: { clientId: client.clientId } });
    expect(new Set(await results())).toEqual(new Set(["INVALID_TOKEN"]));
    await secondInstance?.stop();
  });

  test("is deleted from the database once the token has expired for every process", async () => {
    const { services, clock, operator } = server;
    const log = { error: (details: unknown) => expect(details).toBeUndefined() };
    const housekeeping = startHousekeeping(services, clock, log as never);
    const rows = async () =>
      Number(
        (await services.unitOfWork.read.query("SELECT COUNT(*) AS n FROM revoked_tokens"))[0].n,
      );
    clock.advance(3600 + MAX_CLOCK_DIFFERENCE_SECONDS);
    await housekeeping.sweep();
    expect(await rows()).toBe(0);
    const short = await issueAccessToken(server, client);
    await operator.request(REVOKE_TOKEN, { input: { accessToken: short } });
    clock.advance(3600 + MAX_CLOCK_DIFFERENCE_SECONDS - 1);
    await housekeeping.sweep();
    expect(await rows()).toBe(1);
    expect(await verify(short)).toBe("INVALID_TOKEN");
    clock.advance(1);
    await housekeeping.sweep();
    expect(await rows()).toBe(0);
    expect(await verify(short)).toBe("INVALID_TOKEN");
    await housekeeping.stop();
  });

  test("by jti is limited to its own project", async () => {
    const other = await server.otherProject();
    const { jti = "", exp = 0 } = decodeJwt(token);
    expect(issuerFor(server)).not.toContain(other.projectId);
    await server.services.tokenRevocations.revoke(
      {
        projectId: other.projectId,
        actor: { type: "SYSTEM", id: "test" },
        permissions: new Set(),
        expiresAt: null,
        owner: null,
        requestId: "test",
        ipAddress: "",
      },
      { jti, exp },
    );
    await expectValid(token);
  });
});
