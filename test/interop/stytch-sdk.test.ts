import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../src/shared/clock.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { type Credentials, createClient, updateProject } from "../support/operations.js";
import { runProgram } from "../support/run-program.js";
import { startTlsProxy, type TlsProxy } from "../support/tls-proxy.js";

const PROGRAM = path.resolve("test/interop/stytch-sdk.mjs");

describe("Stytch's SDKs with another base URL", () => {
  let proxy: TlsProxy;
  let server: LiveServer;
  let client: Credentials;

  beforeAll(async () => {
    proxy = await startTlsProxy();
    server = await startLiveServer({
      publicUrl: `https://${proxy.host}`,
      trustedProxies: ["127.0.0.1"],
    });
    proxy.forwardTo(server.url);
    await updateProject(server.operator, {
      // With a custom base URL, the SDKs expect that URL as `iss`.
      issuer: `https://${proxy.host}`,
      claimsTemplate: '{ "user_id": {{ client.trusted_metadata.user_id }} }',
      sessionTokenProfile: "STYTCH",
    });
    client = await createClient(server.operator, {
      scopes: ["read:users", "read:books", "write:*"],
      trustedMetadata: { user_id: "user-1" },
    });
  });

  afterAll(async () => {
    await server.stop();
    await proxy.stop();
  });

  describe("for Node", () => {
    const run = async (credentials: Credentials, ...calls: [method: string, input?: object][]) => {
      const input = {
        baseUrl: `https://${proxy.host}`,
        projectId: server.projectId,
        ...credentials,
        calls: calls.map(([method, data]) => ({ method, input: data })),
      };
      const environment = { NODE_EXTRA_CA_CERTS: proxy.certificateFile };
      const output = await runProgram(
        process.execPath,
        [PROGRAM, JSON.stringify(input)],
        environment,
      );
      return JSON.parse(output) as Record<string, unknown>[];
    };

    test("gets a token and authenticates it with the keys of the JWKS path", async () => {
      const [token, authenticated, covered, missing, tooOld] = await run(
        client,
        ["token", { scopes: ["read:users", "write:*"] }],
        ["authenticateToken", { required_scopes: ["read:users"] }],
        ["authenticateToken", { required_scopes: ["write:anything"] }],
        ["authenticateToken", { required_scopes: ["read:books"] }],
        ["authenticateToken", { max_token_age_seconds: 0 }],
      );
      expect(token).toMatchObject({
        token_type: "Bearer",
        expires_in: 3600,
        status_code: 200,
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      expect(authenticated).toEqual({
        client_id: client.clientId,
        scopes: ["read:users", "write:*"],
        custom_claims: { client_id: client.clientId, user_id: "user-1" },
      });
      expect(covered).toHaveProperty("client_id", client.clientId);
      expect(missing).toMatchObject({ failure: { code: "missing_scopes" } });
      expect(tooOld).toMatchObject({ failure: { code: "jwt_too_old" } });
    });

    test("authenticates a session JWT, and takes none for a machine's token by its scopes", async () => {
      const member = await createSessionMember({ clock: systemClock }, server.operator);
      const { session, sessionJwt, organization } = await member.startSession({
        sessionCustomClaims: { plan: "pro" },
      });
      const [authenticated, asMachine] = await run(
        client,
        ["authenticateJwtLocal", { session_jwt: sessionJwt }],
        ["authenticateToken", { access_token: sessionJwt, required_scopes: ["read:users"] }],
      );
      expect(authenticated).toEqual({
        member_session_id: session.sessionId,
        member_id: member.memberId,
        organization_id: organization.organizationId,
        organization_slug: organization.slug,
        authentication_factors: [expect.objectContaining({ type: "trusted_auth_token" })],
        started_at: session.startedAt,
        last_accessed_at: session.lastAccessedAt,
        expires_at: session.expiresAt,
        custom_claims: { plan: "pro" },
        roles: [],
      });
      expect(asMachine).toHaveProperty("failure");
    });

    test("reports why a client gets no token", async () => {
      const [refused, forged] = await run(
        { ...client, clientSecret: "wrong" },
        ["token"],
        ["authenticateToken"],
      );
      expect(refused).toMatchObject({
        failure: {
          status_code: 401,
          error_type: "invalid_client",
          error_message: expect.any(String),
          request_id: expect.any(String),
        },
      });
      expect(forged).toMatchObject({ failure: { code: "jwt_invalid" } });
    });
  });

  describe("for other languages", () => {
    const tokenUrl = () => `${server.url}/v1/public/${server.projectId}/oauth2/token`;
    const post = (body: string, headers: Record<string, string>) =>
      fetch(tokenUrl(), { method: "POST", body, headers });
    /** The project's credentials, which do not authenticate a client. */
    const asProject = () => ({
      "content-type": "application/json",
      authorization: basicAuthorization(server.projectId, "secret-test-of-the-project"),
    });
    const clientParameters = ({ clientId, clientSecret }: Credentials) => ({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
    });

    test.each([
      ["Python and Ruby, with all scopes", {}, "read:users read:books write:*"],
      ["Python and Ruby, with some scopes", { scope: "read:users" }, "read:users"],
      ["Rust, with all scopes", { scopes: null }, "read:users read:books write:*"],
      ["Rust, whose scopes are a list", { scopes: ["read:users"] }, "read:users"],
      ["Rust, with an empty list of scopes", { scopes: [] }, "read:users read:books write:*"],
    ])("%s: JSON with the project in the header", async (_, parameters, scope) => {
      const body = JSON.stringify({ ...clientParameters(client), ...parameters });
      const response = await post(body, asProject());
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        access_token: expect.any(String),
        token_type: "Bearer",
        expires_in: 3600,
        scope,
        status_code: 200,
        request_id: response.headers.get("x-request-id"),
      });
    });

    test("Go, Java and .NET: a form without a header", async () => {
      const body = new URLSearchParams({
        ...clientParameters(client),
        scope: "read:users",
      }).toString();
      const response = await post(body, { "content-type": "application/x-www-form-urlencoded" });
      expect(await response.json()).toMatchObject({ scope: "read:users", status_code: 200 });
    });

    test("an error has all members that the Python SDK requires", async () => {
      const body = JSON.stringify(clientParameters({ ...client, clientSecret: "wrong" }));
      const response = await post(body, asProject());
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({
        error: "invalid_client",
        error_description: expect.any(String),
        error_uri: expect.stringMatching(/^https:/),
        status_code: 401,
        request_id: response.headers.get("x-request-id"),
      });
    });

    test("the project's credentials in the header do not authenticate a client", async () => {
      const body = JSON.stringify({ grant_type: "client_credentials" });
      expect((await post(body, asProject())).status).toBe(401);
    });

    test.each(["sessions", "b2b/sessions"])(
      "keys are published at /v1/%s/jwks",
      async (vertical) => {
        const response = await fetch(`${server.url}/v1/${vertical}/jwks/${server.projectId}`, {
          headers: asProject(),
        });
        const { keys } = (await response.json()) as { keys: object[] };
        // The Rust SDK requires these members.
        for (const key of keys) {
          expect(key).toMatchObject({
            kty: "RSA",
            alg: "RS256",
            kid: expect.any(String),
            n: expect.any(String),
            e: expect.any(String),
          });
        }
        expect(keys).toHaveLength(2);
      },
    );
  });
});
