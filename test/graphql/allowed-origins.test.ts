import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createApi, createGrant, issueAccessToken, issuerFor } from "../oauth/oauth-operations.js";
import { APP, corsHeaders, NOT_APP, sendPreflight } from "../support/cross-origin.js";
import { GraphqlClient } from "../support/graphql-client.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const OTHER_APP = "http://localhost:5173";
const EXCHANGING = "https://exchanging.example.com";

const EXPOSED = {
  "access-control-allow-origin": APP,
  "access-control-expose-headers": "retry-after, x-request-id",
};

describe("a page of an allowed origin", () => {
  let server: TestServer;
  let reader: GraphqlClient;

  beforeAll(async () => {
    server = await startTestServer({ allowedOrigins: [APP, OTHER_APP] });
    const api = await createApi(server.operator, {
      identifier: `${issuerFor(server)}/graphql`,
      scopes: [{ value: "clients:read" }],
    });
    const client = await createClient(server.operator);
    await createGrant(server.operator, client, api);
    const token = await issueAccessToken(server, client, { audience: api.identifier });
    reader = new GraphqlClient(server.url, `Bearer ${token}`);
    const issuer = await foreignIssuer(server.clock, "ES256");
    await createProfile(server.operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      publicExchange: true,
      allowedOrigins: [EXCHANGING, APP],
    });
    server.clock.advance(5);
  });

  afterAll(async () => {
    await server.stop();
  });

  const preflight = (origin: string, path = "/graphql") => sendPreflight(server.url + path, origin);
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: APP, ...headers },
      body,
    });

  test.each([APP, OTHER_APP])("may send a token from %s", async (origin) => {
    const answer = await preflight(origin);
    expect(answer.status).toBe(204);
    expect(corsHeaders(answer)).toEqual({
      ...EXPOSED,
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization, content-type",
      "access-control-max-age": "600",
    });
    expect(answer.headers.get("vary")).toBe("Origin");
    const sent = await reader.send("{ clients { totalCount } }", {}, { origin });
    expect(sent.errors).toEqual([]);
    expect(corsHeaders(sent)).toMatchObject({ "access-control-allow-origin": origin });
    expect(sent.headers.get("vary")).toContain("Origin");
  });

  test("reads why a request fails", async () => {
    const refused = await post('{"query": "{ project { name } }"}', {
      authorization: "Bearer x.y.z",
    });
    expect(corsHeaders(refused)).toEqual(EXPOSED);
    const [malformed, tooLong, ofOtherType] = [
      await post("{"),
      await post("x".repeat(600_000)),
      await post("query", { "content-type": "text/plain" }),
    ];
    expect([malformed.status, tooLong.status, ofOtherType.status]).toEqual([400, 413, 400]);
    for (const answer of [malformed, tooLong, ofOtherType]) {
      expect(corsHeaders(answer)).toEqual(EXPOSED);
    }
  });

  test("is not authenticated by a management secret, which no page may contain", async () => {
    const query = "{ project { name } }";
    const { errors } = await server.operator.send(query, {}, { origin: APP });
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining("with a Bearer token alone"),
      extensions: { code: "UNAUTHENTICATED" },
    });
    // The explorer is a page of the server itself, whose origin browsers send too.
    await server.operator.send(query, {}, { origin: new URL(server.url).origin });
    expect((await server.operator.send(query, {}, { origin: EXCHANGING })).errors).toEqual([]);
  });

  test.each([...NOT_APP, "http://localhost:5174"])("is none of %s", async (origin) => {
    expect(corsHeaders(await preflight(origin))).toEqual({});
    const sent = await reader.send("{ __typename }", {}, { origin });
    expect(corsHeaders(sent)).toEqual({});
  });

  test("differs from one of a profile, which sends no token", async () => {
    expect(corsHeaders(await preflight(EXCHANGING))).toEqual({
      "access-control-allow-origin": EXCHANGING,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": "600",
    });
  });

  test.each(["/oauth/token", "/healthz", "/", "/graphql/"])("reads nothing of %s", async (path) => {
    expect(corsHeaders(await preflight(APP, path))).toEqual({});
    expect(corsHeaders(await fetch(server.url + path, { headers: { origin: APP } }))).toEqual({});
  });

  test("is none unless the setting names it", async () => {
    await server.restart({ allowedOrigins: [] });
    expect(corsHeaders(await preflight(OTHER_APP))).toEqual({});
    await server.restart();
  });
});
