import { createHmac, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt, type JWK } from "jose";
import { sweepExpired } from "../support/housekeeping.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  DELETE_CLIENT,
  tokenFailure,
  UPDATE_CLIENT,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { unsignedJwt } from "../trusted-auth/foreign-issuer.js";
import {
  ASSERTION_TYPE,
  assertion,
  basicHeader,
  type ClientKey,
  clientKey,
  epoch,
  GRANT,
  issuerFor,
  type OAuthAnswer,
  post,
  requestToken,
  tokenPath,
} from "./oauth-operations.js";

const METHOD = { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT" };

describe("a client that signs assertions (RFC 7523)", () => {
  let server: TestServer;
  let key: ClientKey;
  let clientId: string;

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true });
    key = await clientKey();
    ({ clientId } = await createClient(server.operator, { ...METHOD, publicKeys: [key.pem] }));
  });

  afterAll(async () => {
    await server.stop();
  });

  const ask = (client_assertion: string, more: Record<string, string> = {}) =>
    post(server, tokenPath(server), {
      ...GRANT,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion,
      ...more,
    });
  const signed = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
    assertion(server, clientId, key, { claims, header });

  const expectToken = async (request: Promise<OAuthAnswer>, subject = clientId) => {
    const { status, body } = await request;
    expect(body.error_description).toBeUndefined();
    expect(status).toBe(200);
    expect(decodeJwt(body.access_token).sub).toBe(subject);
  };
  /** One answer for everything, so that it tells nothing. */
  const expectRefusal = async (request: Promise<OAuthAnswer>) => {
    const { status, body, headers } = await request;
    expect({ status, body }).toEqual({
      status: 401,
      body: { error: "invalid_client", error_description: "Client authentication failed" },
    });
    expect(headers.get("www-authenticate")).toContain("Basic");
    expect(headers.get("cache-control")).toBe("no-store");
  };

  test("gets no secret, and none is taken", async () => {
    const made = (await createClient(server.operator, {
      ...METHOD,
      publicKeys: [key.pem],
    })) as ClientView & Credentials;
    expect(made.clientSecret).toBeNull();
    expect(made.clientSecretLastFour).toBeNull();
    const once = await createClient(server.operator);
    await updateClient(server.operator, {
      clientId: once.clientId,
      ...METHOD,
      publicKeys: [key.pem],
    });
    await expectRefusal(requestToken(server, once));
    await expectRefusal(post(server, tokenPath(server), GRANT, basicHeader(once)));
    const failure = await tokenFailure(server.anonymous, once);
    expect(failure.extensions.code).toBe("INVALID_CLIENT");
    await expectToken(ask(await assertion(server, once.clientId, key)), once.clientId);
  });

  test("is the only one whose assertions are taken", async () => {
    const other = await createClient(server.operator);
    await expectRefusal(ask(await assertion(server, other.clientId, key)));
  });

  test.each(["RS256", "RS384", "PS256", "ES256", "ES384", "EdDSA"])(
    "signs with %s",
    async (algorithm) => {
      const own = await clientKey(algorithm);
      const form = { ...own.jwk, alg: algorithm };
      for (const publicKey of [own.pem, JSON.stringify(own.jwk), JSON.stringify(form)]) {
        const made = await createClient(server.operator, { ...METHOD, publicKeys: [publicKey] });
        await expectToken(ask(await assertion(server, made.clientId, own)), made.clientId);
      }
    },
  );

  test.each(["RS512", "PS512", "ES512"])("does not sign with %s", async (algorithm) => {
    const own = await clientKey(algorithm);
    const made = await createClient(server.operator, { ...METHOD, publicKeys: [own.pem] });
    await expectRefusal(ask(await assertion(server, made.clientId, own)));
  });

  test("rotates its keys: both work, then the first is removed", async () => {
    const next = await clientKey("RS256");
    const made = await createClient(server.operator, { ...METHOD, publicKeys: [key.pem] });
    const by = async (one: ClientKey) => ask(await assertion(server, made.clientId, one));
    await expectRefusal(by(next));
    await updateClient(server.operator, {
      clientId: made.clientId,
      publicKeys: [key.pem, next.pem],
    });
    await expectToken(by(key), made.clientId);
    await expectToken(by(next), made.clientId);
    await updateClient(server.operator, { clientId: made.clientId, publicKeys: [next.pem] });
    await expectRefusal(by(key));
    await expectToken(by(next), made.clientId);
  });

  test("rotates keys of one algorithm, whatever it calls them", async () => {
    const next = await clientKey();
    const publicKeys = [key.pem, next.pem];
    const made = await createClient(server.operator, { ...METHOD, publicKeys });
    for (const one of [key, next]) {
      const token = await assertion(server, made.clientId, one, { header: { kid: "mine" } });
      await expectToken(ask(token), made.clientId);
    }
  });

  test("may serve its keys", async () => {
    const keys: JWK[] = [{ ...key.jwk, kid: "one" }];
    const own = createServer((_request, response) => response.end(JSON.stringify({ keys })));
    await new Promise<void>((listening) => own.listen(0, "127.0.0.1", listening));
    const { port } = own.address() as AddressInfo;
    const jwksUrl = `http://127.0.0.1:${port}/jwks.json`;
    const made = await createClient(server.operator, { ...METHOD, jwksUrl });
    const by = async (header: object) =>
      ask(await assertion(server, made.clientId, key, { header: { ...header } }));
    await expectToken(by({ kid: "one" }), made.clientId);
    await expectToken(by({}), made.clientId);
    await expectRefusal(by({ kid: "two" }));
    // An inline key takes the URL's place, and the other way round
    const next = await clientKey();
    await updateClient(server.operator, { clientId: made.clientId, publicKeys: [next.pem] });
    await expectRefusal(by({ kid: "one" }));
    await updateClient(server.operator, { clientId: made.clientId, jwksUrl });
    await expectToken(by({ kid: "one" }), made.clientId);
    own.closeAllConnections();
    own.close();
    const gone = await createClient(server.operator, { ...METHOD, jwksUrl });
    await expectRefusal(ask(await assertion(server, gone.clientId, key)));
  });

  describe("whose keys are being fetched while it", () => {
    let own: Server;
    let jwksUrl: string;
    /** What an operator does while the key set is on its way. */
    let meanwhile: () => Promise<unknown>;

    beforeAll(async () => {
      own = createServer(async (_request, response) => {
        await meanwhile();
        response.end(JSON.stringify({ keys: [key.jwk] }));
      });
      await new Promise<void>((listening) => own.listen(0, "127.0.0.1", listening));
      jwksUrl = `http://127.0.0.1:${(own.address() as AddressInfo).port}/jwks.json`;
    });

    afterAll(() => {
      own.closeAllConnections();
      own.close();
    });

    test.each([
      ["is deactivated", UPDATE_CLIENT, { status: "INACTIVE" }],
      ["is deleted", DELETE_CLIENT, {}],
      ["goes over to a secret", UPDATE_CLIENT, { tokenEndpointAuthMethod: null, jwksUrl: null }],
    ])("%s gets no token", async (_what, operation, change) => {
      const { clientId: id } = await createClient(server.operator, { ...METHOD, jwksUrl });
      meanwhile = () => server.operator.request(operation, { input: { clientId: id, ...change } });
      await expectRefusal(ask(await assertion(server, id, key)));
    });

    test("is renamed gets its token", async () => {
      const { clientId: id } = await createClient(server.operator, { ...METHOD, jwksUrl });
      meanwhile = () => updateClient(server.operator, { clientId: id, name: "Renamed" });
      await expectToken(ask(await assertion(server, id, key)), id);
    });
  });

  test.each([
    ["no exp", { exp: undefined }],
    ["an exp that is over", () => ({ exp: epoch(server) - 10 })],
    ["an exp more than five minutes away", () => ({ exp: epoch(server) + 311 })],
    ["an exp that is text", () => ({ exp: `${epoch(server) + 60}` })],
    ["an iat in the future", () => ({ iat: epoch(server) + 11 })],
    ["an nbf in the future", () => ({ nbf: epoch(server) + 11 })],
    ["no jti", { jti: undefined }],
    ["an empty jti", { jti: "" }],
    ["a jti that is a number", { jti: 5 }],
    ["a jti of 256 characters", { jti: "x".repeat(256) }],
    ["no iss", { iss: undefined }],
    ["no sub", { sub: undefined }],
    ["another client's iss", { iss: "client_0000000000000000000000" }],
    ["another client's sub", { sub: "client_0000000000000000000000" }],
    ["both of another client", { iss: "nobody", sub: "nobody" }],
    ["a sub that is an object", { sub: { clientId: "x" } }],
    ["a sub that is a list", { sub: ["x"] }],
    ["a sub with a NUL", { sub: "a\u0000", iss: "a\u0000" }],
    ["no aud", { aud: undefined }],
    ["an empty aud", { aud: "" }],
    ["no audience in its list", { aud: [] }],
  ])("is refused with %s", async (_what, claims) => {
    const changes = typeof claims === "function" ? claims() : claims;
    await expectRefusal(ask(await signed(changes)));
  });

  test.each([
    ["an exp ten seconds ago, less one", () => ({ exp: epoch(server) - 9 })],
    ["an exp in five minutes and ten seconds", () => ({ exp: epoch(server) + 310 })],
    ["an iat ten seconds ahead", () => ({ iat: epoch(server) + 10 })],
    ["no iat", () => ({ iat: undefined })],
    ["a list of one audience", () => ({ aud: [issuerFor(server)] })],
    ["a jti of 255 characters", () => ({ jti: "x".repeat(255) })],
  ])("is taken with %s", async (_what, claims) => {
    await expectToken(ask(await signed(claims())));
  });

  test.each([
    ["two, of which one is ours", () => [issuerFor(server), "https://elsewhere.example"]],
    ["ours twice", () => [issuerFor(server), issuerFor(server)]],
    ["the token endpoint", () => `${issuerFor(server)}/oauth/token`],
    ["the list of the token endpoint", () => [`${issuerFor(server)}/oauth/token`]],
    ["ours with a slash", () => `${issuerFor(server)}/`],
    ["the project's id", () => server.projectId],
    ["the host alone", () => new URL(issuerFor(server)).origin],
  ])("is refused for the audience: %s", async (_what, aud) => {
    await expectRefusal(ask(await signed({ aud: aud() })));
  });

  test("is refused for another project's issuer, and another project's client for ours", async () => {
    const other = await server.otherProject();
    const theirIssuer = issuerFor(server).replace(server.projectId, other.projectId);
    await expectRefusal(ask(await signed({ aud: theirIssuer })));
    const theirs = await createClient(other.operator, { ...METHOD, publicKeys: [key.pem] });
    await expectRefusal(ask(await assertion(server, theirs.clientId, key)));
    const path = `/projects/${other.projectId}/oauth/token`;
    const body = { ...GRANT, client_assertion_type: ASSERTION_TYPE };
    const claims = { aud: theirIssuer };
    const theirAssertion = await assertion(server, theirs.clientId, key, { claims });
    const answer = post(server, path, { ...body, client_assertion: theirAssertion });
    await expectToken(answer, theirs.clientId);
    await expectRefusal(post(server, path, { ...body, client_assertion: await signed() }));
  });

  describe("uses each assertion once:", () => {
    test("a second time it is refused, until its time is over anyway", async () => {
      const once = await signed({ exp: epoch(server) + 30 });
      await expectToken(ask(once));
      await expectRefusal(ask(once));
      // Ten seconds beyond its exp, which other clocks may be behind, less a moment
      server.clock.advance(39.9);
      await sweepExpired(server);
      await expectRefusal(ask(once));
      await expectToken(ask(await signed({ exp: epoch(server) - 9 })));
      await expectToken(ask(await signed()));
    });

    test("another one with the same id is refused too", async () => {
      const jti = randomUUID();
      await expectToken(ask(await signed({ jti })));
      await expectRefusal(ask(await signed({ jti, exp: epoch(server) + 200 })));
    });

    test("of ten at once exactly one wins", async () => {
      const once = await signed();
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(once)));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    });

    test("across a restart", async () => {
      const once = await signed();
      await expectToken(ask(once));
      await server.restart();
      await expectRefusal(ask(once));
    });

    test("two clients may use the same id", async () => {
      const jti = randomUUID();
      const made = await createClient(server.operator, { ...METHOD, publicKeys: [key.pem] });
      await expectToken(ask(await signed({ jti })));
      const theirs = await assertion(server, made.clientId, key, { claims: { jti } });
      await expectToken(ask(theirs), made.clientId);
    });

    test("one that is unsigned, badly signed or refused uses up nothing", async () => {
      const jti = randomUUID();
      const payload = decodeJwt(await signed({ jti }));
      const stranger = await clientKey();
      for (const token of [
        unsignedJwt({ alg: "ES256" }, payload, ""),
        unsignedJwt({ alg: "none" }, payload, ""),
        await assertion(server, clientId, stranger, { claims: { jti } }),
        await signed({ jti, aud: "https://elsewhere.example" }),
        await signed({ jti, exp: epoch(server) - 60 }),
      ]) {
        await expectRefusal(ask(token));
      }
      await expectToken(ask(await signed({ jti })));
    });
  });

  describe("cannot be passed off by", () => {
    const HEADERS = ["none", "None", "NONE", ""];

    test.each(HEADERS)("an assertion of the algorithm %p", async (alg) => {
      const payload = decodeJwt(await signed());
      await expectRefusal(ask(unsignedJwt({ alg }, payload, "")));
      await expectRefusal(ask(unsignedJwt({ alg }, payload, "AAAA")));
    });

    test("HS256 with the public key as secret", async () => {
      const payload = decodeJwt(await signed());
      for (const secret of [key.pem, key.pem.trim(), JSON.stringify(key.jwk), key.jwk.x ?? ""]) {
        const input = unsignedJwt({ alg: "HS256" }, payload, "").slice(0, -1);
        const signature = createHmac("sha256", secret).update(input).digest("base64url");
        await expectRefusal(ask(`${input}.${signature}`));
      }
    });

    test("a key in the header, or where to fetch one", async () => {
      const stranger = await clientKey();
      for (const header of [
        { jwk: stranger.jwk },
        { jku: "http://127.0.0.1:1/jwks.json", kid: "x" },
        { x5u: "http://127.0.0.1:1/cert.pem" },
        { kid: "../../../etc/passwd" },
      ]) {
        await expectRefusal(ask(await assertion(server, clientId, stranger, { header })));
      }
    });

    test("a tampered one", async () => {
      const [header = "", payload = "", signature = ""] = (await signed()).split(".");
      const other = unsignedJwt({}, { ...decodeJwt(await signed()), jti: "x" }, "").split(".")[1];
      for (const token of [
        `${header}.${other}.${signature}`,
        `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
        `${header}.${payload}`,
        `${header}.${payload}.${signature}.x`,
        `${header}.${payload}.${signature.slice(0, -1)}`,
        ".",
        "..",
        "x".repeat(8193),
      ]) {
        await expectRefusal(ask(token));
      }
    });

    test("another type of assertion, or none", async () => {
      const token = await signed();
      for (const type of [
        "",
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        ASSERTION_TYPE.toUpperCase(),
        "jwt-bearer",
      ]) {
        await expectRefusal(ask(token, { client_assertion_type: type }));
      }
      await expectToken(ask(token));
    });

    test("another client_id beside it; its own is welcome", async () => {
      const token = await signed();
      await expectRefusal(ask(token, { client_id: "client_0000000000000000000000" }));
      await expectToken(ask(token, { client_id: clientId }));
    });

    test("a client that is inactive or expired", async () => {
      const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
      const made = await createClient(server.operator, {
        ...METHOD,
        publicKeys: [key.pem],
        expiresAt,
      });
      const by = async () => ask(await assertion(server, made.clientId, key));
      await expectToken(by(), made.clientId);
      await updateClient(server.operator, { clientId: made.clientId, status: "INACTIVE" });
      await expectRefusal(by());
      await updateClient(server.operator, { clientId: made.clientId, status: "ACTIVE" });
      await expectToken(by(), made.clientId);
      server.clock.advance(60);
      await expectRefusal(by());
    });
  });

  test("answers to a custom issuer by that alone", async () => {
    const other = await server.otherProject();
    const made = await createClient(other.operator, { ...METHOD, publicKeys: [key.pem] });
    const issuer = "https://keys.example.org/";
    await other.operator.request(
      "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { issuer } } }",
      { input: { issuer } },
    );
    const path = `/projects/${other.projectId}/oauth/token`;
    const by = async (aud: string) =>
      post(server, path, {
        ...GRANT,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(server, made.clientId, key, { claims: { aud } }),
      });
    await expectToken(by(issuer), made.clientId);
    await expectRefusal(by(issuer.slice(0, -1)));
    await expectRefusal(by(issuerFor(server).replace(server.projectId, other.projectId)));
  });

  test.each([
    ["both kinds of keys", { publicKeys: true, jwksUrl: "https://keys.example.com/jwks" }],
    ["no keys", {}],
    ["keys without the method", { publicKeys: true, tokenEndpointAuthMethod: null }],
    ["an empty list", { publicKeys: [] }],
  ])(
    "cannot be made, or become one, with %s",
    async (_what, {
      publicKeys,
      ...more
    }: {
      publicKeys?: unknown;
      [field: string]: unknown;
    }) => {
      const keys = publicKeys === true ? [key.pem] : publicKeys;
      const input = { ...METHOD, ...more, ...(keys !== undefined && { publicKeys: keys }) };
      const created = await server.operator.failure(
        "mutation ($input: CreateClientInput!) { createClient(input: $input) { clientSecret } }",
        { input: { scopes: [], ...input } },
      );
      expect(created.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "publicKeys"] });
      const plain = await createClient(server.operator);
      const updated = await server.operator.failure(
        "mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client { clientId } } }",
        { input: { clientId: plain.clientId, ...input } },
      );
      expect(updated.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "publicKeys"] });
    },
  );
});
