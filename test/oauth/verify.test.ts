import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createSessionMember } from "../sessions/session-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  importClient,
  updateClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  type ApiView,
  type ClientKey,
  clientKey,
  createApi,
  createGrant,
  dpopProof,
  issueAccessToken,
  type OAuthAnswer,
  requestToken,
  send,
  sendTo,
} from "./oauth-operations.js";

const BEARER = 'Bearer realm="countersign"';
const DPOP = 'DPoP realm="countersign", algs="ES256 EdDSA Ed25519 RS256 PS256"';
const BASIC = 'Basic realm="countersign", charset="UTF-8"';
const INVALID_TOKEN = ', error="invalid_token"';

/** The headers of a gateway that is a trusted proxy, for the request of a customer. */
const forwarded = (address = "192.0.2.1") => ({
  "x-forwarded-for": address,
  "x-forwarded-method": "POST",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "api.example.com",
  "x-forwarded-uri": "/orders?page=2",
});
const ORIGINAL = { htm: "POST", htu: "https://api.example.com/orders" };

describe("GET /oauth/verify", () => {
  let server: TestServer;
  let api: ApiView;
  let client: ClientView & Credentials;
  let token: string;

  beforeAll(async () => {
    server = await startTestServer({ trustedProxies: ["127.0.0.1"] });
    api = await createApi(server.operator, {
      scopes: [{ value: "read:*" }, { value: "write:orders" }],
    });
    client = await createClient(server.operator);
    await createGrant(server.operator, client, api);
    token = await issueAccessToken(server, client, { audience: api.identifier });
  });

  afterAll(async () => {
    await server.stop();
  });

  const pathFor = (query: Record<string, string> = {}, projectId = server.projectId) =>
    `/projects/${projectId}/oauth/verify?${new URLSearchParams({ audience: api.identifier, ...query })}`;
  const ask = (
    authorization: string | null,
    query: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) =>
    send(server, pathFor(query), {
      headers: { ...(authorization && { authorization }), ...headers },
    });
  const identityOf = ({ headers }: OAuthAnswer) =>
    ["x-auth-client-id", "x-auth-subject", "x-auth-scope"].map((name) => headers.get(name));
  const expectRefusal = async (
    asked: Promise<OAuthAnswer>,
    status: number,
    challenge: string,
    error = "invalid_token",
  ) => {
    const answer = await asked;
    expect([answer.status, answer.headers.get("www-authenticate"), answer.body.error]).toEqual([
      status,
      challenge,
      error,
    ]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(identityOf(answer)).toEqual([null, null, null]);
  };
  const refusedToken = (bearer: string, query = {}) =>
    expectRefusal(ask(`Bearer ${bearer}`, query), 401, `${BEARER}${INVALID_TOKEN}, ${DPOP}`);

  test("answers without a body and says who it was", async () => {
    const answer = await ask(`Bearer ${token}`);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(identityOf(answer)).toEqual([client.clientId, client.clientId, "read:* write:orders"]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-length")).toBe("0");
  });

  test("names no scopes by an empty header, and the project id is an audience too", async () => {
    const without = await createClient(server.operator, { scopes: [] });
    const bearer = await issueAccessToken(server, without);
    const answer = await ask(`bearer ${bearer}`, { audience: server.projectId });
    expect(identityOf(answer)).toEqual([without.clientId, without.clientId, ""]);
  });

  test("needs every scope, which wildcards cover, and names them", async () => {
    expect((await ask(`Bearer ${token}`, { scope: "read:orders write:orders" })).status).toBe(200);
    const needed = ', error="insufficient_scope", scope="read:orders delete:orders"';
    await expectRefusal(
      ask(`Bearer ${token}`, { scope: "read:orders delete:orders" }),
      403,
      `${BEARER}${needed}`,
      "insufficient_scope",
    );
    expect(server.logs()).toContain(
      `"code":"INVALID_SCOPE","clientId":"${client.clientId}","scopes":"delete:orders"`,
    );
  });

  test("challenges a request without a token, and with a scheme that nobody knows", async () => {
    for (const authorization of [
      null,
      "",
      "Negotiate abc",
      "Bearerx abc",
      basicAuthorization("a", "b"),
    ]) {
      const error = authorization?.startsWith("Basic") ? "invalid_client" : "invalid_token";
      await expectRefusal(ask(authorization), 401, `${BEARER}, ${DPOP}`, error);
    }
  });

  test("takes a credential in Authorization alone", async () => {
    const { clientId, clientSecret } = client;
    const queries: Record<string, string>[] = [
      { access_token: token },
      { token },
      { client_id: clientId, client_secret: clientSecret },
    ];
    for (const query of queries) {
      const answer = await ask(null, query);
      expect([answer.status, answer.body.error]).toEqual([400, "invalid_request"]);
    }
    const cookie = await ask(null, {}, { cookie: `access_token=${token}` });
    expect(cookie.status).toBe(401);
  });

  test("refuses malformed, foreign, expired, revoked tokens, and those for another audience", async () => {
    await refusedToken("not.a.token");
    await refusedToken(`${token.slice(0, -8)}AAAAAAAA`);
    await refusedToken(`${token} ${token}`);
    await refusedToken("");
    await refusedToken(token, { audience: server.projectId });
    await refusedToken(token, { audience: "https://unknown.example.com" });

    const other = await server.otherProject();
    const same = await createApi(other.operator, { identifier: api.identifier });
    const stranger = await createClient(other.operator);
    await createGrant(other.operator, stranger, same);
    const at = { ...server, projectId: other.projectId };
    const foreign = await issueAccessToken(at, stranger, { audience: api.identifier });
    await refusedToken(foreign);
    expect(
      (
        await send(server, pathFor({}, other.projectId), {
          headers: { authorization: `Bearer ${foreign}` },
        })
      ).status,
    ).toBe(200);

    const revoked = await issueAccessToken(server, client, { audience: api.identifier });
    await server.operator.request(
      "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { jti } }",
      { input: { accessToken: revoked } },
    );
    await refusedToken(revoked);

    const idle = await createClient(server.operator);
    await createGrant(server.operator, idle, api);
    const ofIdle = await issueAccessToken(server, idle, { audience: api.identifier });
    expect((await ask(`Bearer ${ofIdle}`)).status).toBe(200);
    await updateClient(server.operator, { clientId: idle.clientId, status: "INACTIVE" });
    await refusedToken(ofIdle);

    const short = await issueAccessToken(server, client, { audience: api.identifier });
    server.clock.advance(3601);
    await refusedToken(short);
    token = await issueAccessToken(server, client, { audience: api.identifier });
  });

  test.each(["DEFAULT", "STYTCH"])("refuses session JWTs of the profile %s", async (profile) => {
    await updateProject(server.operator, { sessionTokenProfile: profile });
    const member = await createSessionMember(server, server.operator);
    const { sessionJwt } = await member.startSession();
    const issuer = `https://auth.example.test/projects/${server.projectId}`;
    for (const audience of [server.projectId, `${issuer}/sessions`, api.identifier]) {
      await refusedToken(sessionJwt, { audience });
    }
    await updateProject(server.operator, { sessionTokenProfile: "DEFAULT" });
  });

  test("says by 400 what is wrong with the gateway's configuration, whatever its caller sends", async () => {
    const paths = [
      "",
      "?audience=",
      "?scope=read:orders",
      "?audience=a&audience=b",
      "?audience=a&scope=b&scope=c",
      "?audience=a&scopes=b",
      "?audience=a&scpoe=b",
      '?audience=a&scope="',
      `?audience=${"a".repeat(2000)}`,
    ];
    for (const path of paths) {
      for (const authorization of [`Bearer ${token}`, "Bearer x"]) {
        const url = `/projects/${server.projectId}/oauth/verify${path}`;
        const answer = await send(server, url, { headers: { authorization } });
        expect([path, answer.status]).toEqual([path, 400]);
        expect(answer.headers.get("cache-control")).toBe("no-store");
      }
    }
  });

  test("is GET and HEAD, of an existing project", async () => {
    const headers = { authorization: `Bearer ${token}` };
    const head = await send(server, pathFor(), { method: "HEAD", headers });
    expect([head.status, ...identityOf(head)]).toEqual([
      200,
      client.clientId,
      client.clientId,
      "read:* write:orders",
    ]);
    // OPTIONS too: gateways let in what is answered by 204.
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const answer = await send(server, pathFor(), { method, headers });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
    expect((await send(server, pathFor({}, "nobody"), { headers })).status).toBe(404);
  });

  test("is served below the project's own issuer, by the Host header and never by X-Forwarded-Host", async () => {
    const other = await server.otherProject();
    await updateProject(other.operator, { issuer: "https://login.customer.test/a/b" });
    const same = await createApi(other.operator, { identifier: api.identifier });
    const stranger = await createClient(other.operator);
    await createGrant(other.operator, stranger, same);
    const at = { ...server, projectId: other.projectId };
    const bearer = await issueAccessToken(at, stranger, { audience: api.identifier });
    const query = `oauth/verify?audience=${encodeURIComponent(api.identifier)}`;
    const authorization = `Bearer ${bearer}`;
    const own = await sendTo(server, "login.customer.test", `/a/b/${query}`, undefined, {
      authorization,
      ...forwarded(),
    });
    expect([own.status, own.headers.get("x-auth-client-id")]).toEqual([200, stranger.clientId]);
    const chosen = await sendTo(server, "127.0.0.1", `/a/b/${query}`, undefined, {
      authorization,
      ...forwarded(),
      "x-forwarded-host": "login.customer.test",
    });
    expect(chosen.status).toBe(404);
    // Nor does a Host header choose the project where the path names one.
    const named = await sendTo(server, "login.customer.test", pathFor(), undefined, {
      authorization,
    });
    expect(named.status).toBe(401);
    const atFirst = await sendTo(server, "127.0.0.1", `/${query}`, undefined, {
      authorization: `Bearer ${token}`,
    });
    expect(atFirst.status).toBe(200);
  });

  test("counts no failure against the gateway, however many there are", async () => {
    await updateProject(server.operator, { allowBasicVerification: true });
    const counters = async () =>
      server.services.unitOfWork.read.query("SELECT * FROM rate_limit_counters");
    const before = await counters();
    for (let attempt = 0; attempt < 15; attempt++) {
      expect((await ask(`Bearer ${token}x`)).status).toBe(401);
      expect((await ask(basicAuthorization(client.clientId, "wrong"))).status).toBe(401);
    }
    expect(await counters()).toEqual(before);
    await updateProject(server.operator, { allowBasicVerification: false });
  });

  describe("with a DPoP-bound token", () => {
    let key: ClientKey;
    let bound: string;

    beforeAll(async () => {
      key = await clientKey();
      const audience = { audience: api.identifier };
      const first = { dpop: await dpopProof(server, key) };
      const nonce = (await requestToken(server, client, audience, first)).headers.get("dpop-nonce");
      const second = { dpop: await dpopProof(server, key, { claims: { nonce } }) };
      bound = (await requestToken(server, client, audience, second)).body.access_token;
    });

    const proof = (claims: object = {}, signer = key) =>
      dpopProof(server, signer, {
        claims: {
          ...ORIGINAL,
          ath: createHash("sha256").update(bound).digest("base64url"),
          ...claims,
        },
      });
    const askWith = async (dpop: string, headers: Record<string, string> = forwarded()) =>
      ask(`DPoP ${bound}`, {}, { dpop, ...headers });
    const refusedProof = (asked: Promise<OAuthAnswer>) =>
      expectRefusal(
        asked,
        401,
        `${BEARER}, ${DPOP}, error="invalid_dpop_proof"`,
        "invalid_dpop_proof",
      );

    test("lets the proof of the original request in, once", async () => {
      const dpop = await proof();
      const answer = await askWith(dpop);
      expect([answer.status, answer.headers.get("x-auth-client-id")]).toEqual([
        200,
        client.clientId,
      ]);
      await refusedProof(askWith(dpop));
    });

    test("refuses it as a bearer token, and without a proof", async () => {
      await refusedToken(bound);
      await expectRefusal(
        ask(`Bearer ${bound}`, {}, { dpop: await proof(), ...forwarded() }),
        401,
        `${BEARER}${INVALID_TOKEN}, ${DPOP}`,
      );
      await refusedProof(ask(`DPoP ${bound}`, {}, forwarded()));
    });

    test("refuses the proof of another request, token or key", async () => {
      await refusedProof(askWith(await proof({ htm: "GET" })));
      await refusedProof(askWith(await proof({ htu: "https://api.example.com/other" })));
      await refusedProof(askWith(await proof({ htu: "http://api.example.com/orders" })));
      await refusedProof(askWith(await proof({ ath: "x" })));
      await refusedProof(askWith(await proof({}, await clientKey())));
      await refusedProof(askWith(`${await proof()}, ${await proof()}`));
    });

    test("takes method and URL from a trusted proxy that names both", async () => {
      const { "x-forwarded-uri": uri, ...withoutUri } = forwarded();
      const { "x-forwarded-method": method, ...withoutMethod } = forwarded();
      const { "x-forwarded-for": address, ...withoutAddress } = forwarded();
      for (const headers of [{}, withoutUri, withoutMethod, withoutAddress]) {
        await refusedProof(askWith(await proof(), headers as Record<string, string>));
      }
      expect([uri, method, address]).toEqual(["/orders?page=2", "POST", "192.0.2.1"]);
      await server.restart({ trustedProxies: ["192.0.2.77"] });
      await refusedProof(askWith(await proof()));
      await server.restart();
      expect((await askWith(await proof())).status).toBe(200);
    });

    test("refuses a token without a key under the scheme DPoP", async () => {
      await expectRefusal(
        ask(`DPoP ${token}`, {}, { dpop: await proof(), ...forwarded() }),
        401,
        `${BEARER}, ${DPOP}${INVALID_TOKEN}`,
      );
      await refusedProof(ask(`DPoP ${token}`, {}, forwarded()));
    });
  });

  describe("with HTTP Basic", () => {
    const allow = (allowBasicVerification: boolean) =>
      updateProject(server.operator, { allowBasicVerification });
    const basicOf = ({ clientId, clientSecret }: Credentials) =>
      basicAuthorization(clientId, clientSecret);
    const askAs = (of: Credentials, query: Record<string, string> = {}, address = "192.0.2.1") =>
      ask(basicOf(of), query, forwarded(address));
    const refusedClient = (asked: Promise<OAuthAnswer>) =>
      expectRefusal(asked, 401, `${BEARER}, ${DPOP}, ${BASIC}`, "invalid_client");

    test("is refused unless the project allows it", async () => {
      await expectRefusal(askAs(client), 401, `${BEARER}, ${DPOP}`, "invalid_client");
      await allow(true);
      const answer = await askAs(client, { scope: "read:orders" });
      expect([answer.status, answer.text, ...identityOf(answer)]).toEqual([
        200,
        "",
        client.clientId,
        client.clientId,
        "read:* write:orders",
      ]);
    });

    test("tells unknown, wrong and inactive clients apart from nothing, and scopes by 403", async () => {
      const inactive = await createClient(server.operator);
      await updateClient(server.operator, { clientId: inactive.clientId, status: "INACTIVE" });
      await refusedClient(askAs({ clientId: "nobody", clientSecret: client.clientSecret }));
      await refusedClient(askAs({ ...client, clientSecret: "wrong" }));
      await refusedClient(askAs(inactive));
      await expectRefusal(
        askAs(client, { scope: "delete:orders" }),
        403,
        `${BEARER}, error="insufficient_scope", scope="delete:orders"`,
        "insufficient_scope",
      );
      await expectRefusal(
        askAs(await createClient(server.operator)),
        403,
        `${BEARER}, error="insufficient_scope"`,
        "insufficient_scope",
      );
    });

    test("is refused for a client whose tokens are bound to a key, and for a management key", async () => {
      const bound = await createClient(server.operator, { dpopBoundAccessTokens: true });
      await refusedClient(askAs(bound));
      const { projectId, managementSecret } = server;
      await refusedClient(askAs({ clientId: projectId, clientSecret: managementSecret }));
    });

    test("is throttled for each caller's address, so that callers do not lock each other out", async () => {
      const secret = "a secret that one of the customers chose";
      const credentials = { clientId: "customer-of-a-gateway", clientSecret: secret };
      await importClient(server.operator, credentials);
      await createGrant(server.operator, credentials, api);
      for (let attempt = 0; attempt < 10; attempt++) {
        const guess = { ...credentials, clientSecret: `guess ${attempt}` };
        await refusedClient(askAs(guess, {}, "192.0.2.7"));
      }
      const throttled = await askAs(credentials, {}, "192.0.2.7");
      expect([throttled.status, throttled.headers.get("retry-after")]).toEqual([429, "60"]);
      expect((await askAs(credentials, {}, "192.0.2.8")).status).toBe(200);
    });

    test("is refused from a gateway that is no trusted proxy, and the log says why", async () => {
      const refused = (asked: Promise<OAuthAnswer>) =>
        expectRefusal(asked, 401, `${BEARER}, ${DPOP}`, "invalid_client");
      await refused(ask(basicOf(client)));
      await server.restart({ trustedProxies: [] });
      await refused(askAs(client));
      expect(server.logs()).toContain('"refusal":"PROXY_NOT_TRUSTED"');
      await server.restart();
      expect((await askAs(client)).status).toBe(200);
      await allow(false);
    });
  });
});
