import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  basicHeader,
  createApi,
  createGrant,
  post,
  requestToken,
  tokenPath,
} from "../oauth/oauth-operations.js";
import { githubProfile, githubToken, tokenExchange } from "../oauth/token-exchange-operations.js";
import { GraphqlClient } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  issueToken,
  tokenFailure,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const scopesOf = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => `read:${index}-`.padEnd(length, "x"));

describe("a long token", () => {
  let server: TestServer;
  /** Has a hundred scopes of the greatest length. */
  let client: ClientView & Credentials;
  let token: string;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator, { scopes: scopesOf(100, 255) });
    token = (await issueToken(server.anonymous, client)).accessToken;
  });

  afterAll(async () => {
    await server.stop();
  });

  const endpoint = (name: string) => tokenPath(server).replace(/token$/, name);
  const warnings = () =>
    server
      .logs()
      .split("\n")
      .filter((line) => line.includes("longer than many servers accept"))
      .map((line) => JSON.parse(line));

  test("is accepted by every part of the server that issued it", async () => {
    expect(token.length).toBeGreaterThan(34_000);
    const { verifyToken } = await server.anonymous.request(VERIFY_TOKEN, {
      input: { accessToken: token },
    });
    expect(verifyToken.token.scopes).toEqual(client.scopes);
    const introspected = await post(server, endpoint("introspect"), { token }, basicHeader(client));
    expect(introspected.body.active).toBe(true);
    // It is for another audience, which is told only after the header has been read.
    const bearer = new GraphqlClient(server.url, `Bearer ${token}`);
    expect((await bearer.failure("{ project { name } }")).extensions.code).toBe("UNAUTHENTICATED");
    const { status } = await post(server, endpoint("revoke"), { token }, basicHeader(client));
    expect(status).toBe(200);
    const after = await post(server, endpoint("introspect"), { token }, basicHeader(client));
    expect(after.body.active).toBe(false);
  });

  test("of another issuer is accepted as well", async () => {
    const issuer = await foreignIssuer(server.clock);
    await githubProfile(server.operator, issuer, client.clientId);
    const subjectToken = await githubToken(issuer, { padding: "x".repeat(28_000) });
    expect(subjectToken.length).toBeGreaterThan(37_000);
    const answer = await post(server, tokenPath(server), tokenExchange(subjectToken));
    expect(answer.status).toBe(200);
  });

  test("beyond what is accepted is not issued, with the remedy", async () => {
    const values = scopesOf(1000, 50);
    const api = await createApi(server.operator, { scopes: values.map((value) => ({ value })) });
    const allowed = await createClient(server.operator);
    await createGrant(server.operator, allowed, api, { scopes: [], allScopes: true });
    const { identifier: audience } = api;
    const answer = await requestToken(server, allowed, { audience });
    expect([answer.status, answer.body]).toEqual([
      400,
      {
        error: "invalid_scope",
        error_description:
          "With these scopes the token would have more than 40960 characters: request fewer scopes, or a wildcard for several",
      },
    ]);
    const failure = await tokenFailure(server.anonymous, allowed, { audience });
    expect(failure.extensions).toEqual({ code: "INVALID_SCOPE", path: ["input", "scopes"] });
    const fewer = await issueToken(server.anonymous, allowed, {
      audience,
      scopes: values.slice(0, 500),
    });
    expect(fewer.scope.split(" ")).toHaveLength(500);
  });

  test("is warned of in the log, once for each client and hour", async () => {
    const other = await createClient(server.operator, { scopes: scopesOf(30, 255) });
    const short = await createClient(server.operator, { scopes: scopesOf(10, 255) });
    for (let index = 0; index < 3; index++) {
      for (const one of [other, short]) await issueToken(server.anonymous, one);
    }
    await server.restart();
    const found = warnings().filter(({ clientId }) => clientId === other.clientId);
    expect(found).toMatchObject([
      { projectId: server.projectId, audience: server.projectId, characters: expect.any(Number) },
    ]);
    expect(JSON.stringify(warnings())).not.toContain(short.clientId);
    expect(JSON.stringify(warnings())).not.toContain("read:");
    server.clock.advance(3600);
    await issueToken(server.anonymous, other);
    await server.restart();
    expect(warnings().filter(({ clientId }) => clientId === other.clientId)).toHaveLength(2);
  });
});
