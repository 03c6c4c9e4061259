import { createHmac, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeJwt, type JWK } from "jose";
import { sweepExpired } from "../support/housekeeping.js";
import { type KeyServer, startKeyServer } from "../support/key-server.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  DELETE_CLIENT,
  tokenFailure,
  UPDATE_CLIENT,
  updateClient,
} from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import { rsaJwk } from "../support/weak-keys.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";
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
import { jwtBearer } from "./token-exchange-operations.js";

const METHOD = { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT" };

describe("private_key_jwt (RFC 7523)", () => {
  let server: TestServer;
  let keyServer: KeyServer;
  let key: ClientKey;
  let clientId: string;

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true });
    keyServer = await startKeyServer();
    key = await clientKey();
    ({ clientId } = await createClient(server.operator, {
      ...METHOD,
      keys: { publicKeys: [{ pem: key.pem }] },
    }));
  });

  // Ten refused assertions in a minute are the limit of a client.
  beforeEach(() => {
    server.clock.advance(60);
  });

  afterAll(async () => {
    keyServer.stop();
    await server.stop();
  });

  const ask = (client_assertion: string, parameters: Record<string, string> = {}) =>
    post(server, tokenPath(server), {
      ...GRANT,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion,
      ...parameters,
    });
  const signed = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
    assertion(server, clientId, key, { claims, header });

  const expectToken = async (request: Promise<OAuthAnswer>, subject = clientId) => {
    const { status, body } = await request;
    expect(body.error_description).toBeUndefined();
    expect(status).toBe(200);
    expect(decodeJwt(body.access_token).sub).toBe(subject);
  };
  /**
   * Every refusal must give the same response, which does not reveal the reason.
   * @param claim what a client is told that has signed the assertion with its key
   */
  const expectRefusal = async (request: Promise<OAuthAnswer>, claim?: string) => {
    const { status, body, headers } = await request;
    expect({ status, error: body.error }).toEqual({ status: 401, error: "invalid_client" });
    const detail = claim ? `: the assertion's ${claim} must ` : "";
    const start = `Client authentication failed${detail}`;
    expect(body.error_description.slice(0, start.length)).toBe(start);
    if (!claim) expect(body.error_description).toBe(start);
    expect(headers.get("www-authenticate")).toContain("Basic");
    expect(headers.get("cache-control")).toBe("no-store");
  };

  test("excludes a client secret", async () => {
    const created = (await createClient(server.operator, {
      ...METHOD,
      keys: { publicKeys: [{ pem: key.pem }] },
    })) as ClientView & Credentials;
    expect(created.clientSecret).toBeNull();
    expect(created.secrets).toEqual([]);
    const converted = await createClient(server.operator);
    await updateClient(server.operator, {
      clientId: converted.clientId,
      ...METHOD,
      keys: { publicKeys: [{ pem: key.pem }] },
    });
    await expectRefusal(requestToken(server, converted));
    await expectRefusal(post(server, tokenPath(server), GRANT, basicHeader(converted)));
    const failure = await tokenFailure(server.anonymous, converted);
    expect(failure.extensions.code).toBe("INVALID_CLIENT");
    await expectToken(ask(await assertion(server, converted.clientId, key)), converted.clientId);
  });

  test("is refused for a client with another method", async () => {
    const other = await createClient(server.operator);
    await expectRefusal(ask(await assertion(server, other.clientId, key)));
  });

  test.each(["RS256", "RS384", "PS256", "ES256", "ES384", "EdDSA"])(
    "accepts assertions signed with %s",
    async (algorithm) => {
      const own = await clientKey(algorithm);
      const form = { ...own.jwk, alg: algorithm };
      for (const publicKey of [{ pem: own.pem }, { jwk: own.jwk }, { jwk: form }]) {
        const keys = { publicKeys: [publicKey] };
        const created = await createClient(server.operator, { ...METHOD, keys });
        await expectToken(ask(await assertion(server, created.clientId, own)), created.clientId);
      }
    },
  );

  test.each(["RS512", "PS512", "ES512"])("refuses assertions signed with %s", async (algorithm) => {
    const own = await clientKey(algorithm);
    const created = await createClient(server.operator, {
      ...METHOD,
      keys: { publicKeys: [{ pem: own.pem }] },
    });
    await expectRefusal(ask(await assertion(server, created.clientId, own)));
  });

  test("lets a client rotate its keys, with both valid in between", async () => {
    const next = await clientKey("RS256");
    const rotating = await createClient(server.operator, {
      ...METHOD,
      keys: { publicKeys: [{ pem: key.pem }] },
    });
    const by = async (signer: ClientKey) => ask(await assertion(server, rotating.clientId, signer));
    await expectRefusal(by(next));
    await updateClient(server.operator, {
      clientId: rotating.clientId,
      keys: { publicKeys: [{ pem: key.pem }, { pem: next.pem }] },
    });
    await expectToken(by(key), rotating.clientId);
    await expectToken(by(next), rotating.clientId);
    await updateClient(server.operator, {
      clientId: rotating.clientId,
      keys: { publicKeys: [{ pem: next.pem }] },
    });
    await expectRefusal(by(key));
    await expectToken(by(next), rotating.clientId);
  });

  test("accepts any kid when keys of one algorithm are registered inline", async () => {
    const next = await clientKey();
    const keys = { publicKeys: [{ pem: key.pem }, { pem: next.pem }] };
    const created = await createClient(server.operator, { ...METHOD, keys });
    for (const signer of [key, next]) {
      const token = await assertion(server, created.clientId, signer, {
        header: { kid: "unregistered" },
      });
      await expectToken(ask(token), created.clientId);
    }
  });

  test("accepts keys from the client's key URL", async () => {
    const keys: JWK[] = [{ ...key.jwk, kid: "one" }];
    const keyServer = createServer((_request, response) => response.end(JSON.stringify({ keys })));
    await new Promise<void>((listening) => keyServer.listen(0, "127.0.0.1", listening));
    const { port } = keyServer.address() as AddressInfo;
    const jwksUrl = `http://127.0.0.1:${port}/jwks.json`;
    const created = await createClient(server.operator, { ...METHOD, keys: { jwksUrl } });
    const withHeader = async (header: object) =>
      ask(await assertion(server, created.clientId, key, { header: { ...header } }));
    await expectToken(withHeader({ kid: "one" }), created.clientId);
    await expectToken(withHeader({}), created.clientId);
    await expectRefusal(withHeader({ kid: "two" }));
    // Inline keys replace the URL, and the URL replaces inline keys.
    const next = await clientKey();
    await updateClient(server.operator, {
      clientId: created.clientId,
      keys: { publicKeys: [{ pem: next.pem }] },
    });
    await expectRefusal(withHeader({ kid: "one" }));
    await updateClient(server.operator, { clientId: created.clientId, keys: { jwksUrl } });
    await expectToken(withHeader({ kid: "one" }), created.clientId);
    keyServer.closeAllConnections();
    keyServer.close();
    const unreachable = await createClient(server.operator, { ...METHOD, keys: { jwksUrl } });
    await expectRefusal(ask(await assertion(server, unreachable.clientId, key)));
  });

  describe("with an assertion whose key set is fetched while the client", () => {
    let own: Server;
    let jwksUrl: string;
    /** The operator's change during the fetch of the key set. */
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
      ["changes to a secret", UPDATE_CLIENT, { tokenEndpointAuthMethod: null, keys: null }],
    ])("%s gets no token", async (_what, operation, change) => {
      const { clientId: id } = await createClient(server.operator, {
        ...METHOD,
        keys: { jwksUrl },
      });
      meanwhile = () => server.operator.request(operation, { input: { clientId: id, ...change } });
      await expectRefusal(ask(await assertion(server, id, key)));
    });

    test("is renamed gets its token", async () => {
      const { clientId: id } = await createClient(server.operator, {
        ...METHOD,
        keys: { jwksUrl },
      });
      meanwhile = () => updateClient(server.operator, { clientId: id, name: "Renamed" });
      await expectToken(ask(await assertion(server, id, key)), id);
    });
  });

  test.each([
    ["no exp", { exp: undefined }],
    ["an exp in the past", () => ({ exp: epoch(server) - 10 })],
    ["an exp more than a day away", () => ({ exp: epoch(server) + 86_411 })],
    ["an exp in ten years", () => ({ exp: epoch(server) + 10 * 365 * 86_400 })],
    ["an exp beyond all dates", () => ({ exp: Number.MAX_SAFE_INTEGER })],
    ["an exp that is text", () => ({ exp: `${epoch(server) + 60}` })],
    ["an iat in the future", () => ({ iat: epoch(server) + 11 })],
    ["an nbf in the future", () => ({ nbf: epoch(server) + 11 })],
    ["an empty jti", { jti: "" }],
    ["a jti that is a number", { jti: 5 }],
    ["a jti that is null", { jti: null }],
    ["a jti of 256 characters", { jti: "x".repeat(256) }],
    ["no iss", { iss: undefined }],
    ["another client's iss", { iss: "client_0000000000000000000000" }],
    ["no aud", { aud: undefined }],
    ["an empty aud", { aud: "" }],
    ["an empty list of audiences", { aud: [] }],
  ])("refuses an assertion with %s, and names the claim", async (_what, claims) => {
    const changes = typeof claims === "function" ? claims() : claims;
    await expectRefusal(ask(await signed(changes)), Object.keys(changes)[0]);
    // Nobody is told who cannot sign for the client.
    const forged = await assertion(server, clientId, await clientKey(), { claims: changes });
    await expectRefusal(ask(forged));
  });

  test.each([
    ["no sub", { sub: undefined }],
    ["another client's sub", { sub: "client_0000000000000000000000" }],
    ["an unknown client's iss and sub", { iss: "nobody", sub: "nobody" }],
    ["a sub that is an object", { sub: { clientId: "x" } }],
    ["a sub that is a list", { sub: ["x"] }],
    ["a sub with a NUL", { sub: "a\u0000", iss: "a\u0000" }],
  ])("refuses an assertion with %s", async (_what, changes) => {
    await expectRefusal(ask(await signed(changes)));
  });

  test.each([
    ["an exp nine seconds ago", () => ({ exp: epoch(server) - 9 })],
    ["an exp in an hour", () => ({ exp: epoch(server) + 3600 })],
    ["an exp in a day and ten seconds", () => ({ exp: epoch(server) + 86_410 })],
    ["an iat ten seconds ahead", () => ({ iat: epoch(server) + 10 })],
    ["no iat", () => ({ iat: undefined })],
    ["a list of one audience", () => ({ aud: [issuerFor(server)] })],
    ["an iat a day ago", () => ({ iat: epoch(server) - 86_400 })],
    ["no jti", () => ({ jti: undefined })],
    ["a jti of 255 characters", () => ({ jti: "x".repeat(255) })],
    ["the token endpoint as audience", () => ({ aud: `${issuerFor(server)}/oauth/token` })],
    ["a list of the token endpoint", () => ({ aud: [`${issuerFor(server)}/oauth/token`] })],
    ["the first project's token endpoint", () => ({ aud: `${PUBLIC_URL}/oauth/token` })],
    [
      "the token endpoint on Stytch's path",
      () => ({ aud: `${PUBLIC_URL}/v1/public/${server.projectId}/oauth2/token` }),
    ],
    // zitadel/oidc signs for an hour, without jti.
    [
      "an hour and no jti, for a list of the issuer",
      () => ({ exp: epoch(server) + 3600, jti: undefined, aud: [issuerFor(server)] }),
    ],
    // Authlib signs for an hour, for the token endpoint.
    [
      "an hour, for the token endpoint",
      () => ({ exp: epoch(server) + 3600, aud: `${issuerFor(server)}/oauth/token` }),
    ],
  ])("accepts an assertion with %s", async (_what, claims) => {
    await expectToken(ask(await signed(claims())));
  });

  test.each([
    ["the issuer and another one", () => [issuerFor(server), "https://elsewhere.example"]],
    ["the issuer twice", () => [issuerFor(server), issuerFor(server)]],
    [
      "the issuer and the token endpoint",
      () => [issuerFor(server), `${issuerFor(server)}/oauth/token`],
    ],
    ["the token endpoint with a trailing slash", () => `${issuerFor(server)}/oauth/token/`],
    ["the token endpoint twice in one", () => `${issuerFor(server)}/oauth/token/oauth/token`],
    ["the introspection endpoint", () => `${issuerFor(server)}/oauth/introspect`],
    ["the token endpoint at another host", () => "https://elsewhere.example/oauth/token"],
    ["the path alone", () => "/oauth/token"],
    ["the issuer with a trailing slash", () => `${issuerFor(server)}/`],
    ["the project's id", () => server.projectId],
    ["the host alone", () => new URL(issuerFor(server)).origin],
  ])("refuses the audience: %s", async (_what, aud) => {
    await expectRefusal(ask(await signed({ aud: aud() })), "aud");
  });

  test("refuses another project's issuer and another project's client", async () => {
    const other = await server.otherProject();
    const foreignIssuer = issuerFor(server).replace(server.projectId, other.projectId);
    for (const aud of [
      foreignIssuer,
      `${foreignIssuer}/oauth/token`,
      `${PUBLIC_URL}/v1/public/${other.projectId}/oauth2/token`,
    ]) {
      await expectRefusal(ask(await signed({ aud })), "aud");
    }
    const foreignClient = await createClient(other.operator, {
      ...METHOD,
      keys: { publicKeys: [{ pem: key.pem }] },
    });
    await expectRefusal(ask(await assertion(server, foreignClient.clientId, key)));
    const path = `/projects/${other.projectId}/oauth/token`;
    const body = { ...GRANT, client_assertion_type: ASSERTION_TYPE };
    const claims = { aud: foreignIssuer };
    const foreignAssertion = await assertion(server, foreignClient.clientId, key, { claims });
    const answer = post(server, path, { ...body, client_assertion: foreignAssertion });
    await expectToken(answer, foreignClient.clientId);
    await expectRefusal(post(server, path, { ...body, client_assertion: await signed() }));
    // Only the first project is served where no project is named.
    const ofFirst = { aud: `${PUBLIC_URL}/oauth/token` };
    const atFirst = await assertion(server, foreignClient.clientId, key, { claims: ofFirst });
    await expectRefusal(post(server, path, { ...body, client_assertion: atFirst }), "aud");
  });

  describe("an assertion is accepted once:", () => {
    test("a second use is refused until it has expired anyway", async () => {
      const reused = await signed({ exp: epoch(server) + 30 });
      await expectToken(ask(reused));
      await expectRefusal(ask(reused), "jti");
      // Just before the end of the clock tolerance of ten seconds after its exp.
      server.clock.advance(39.9);
      await sweepExpired(server);
      await expectRefusal(ask(reused), "jti");
      await expectToken(ask(await signed({ exp: epoch(server) - 9 })));
      await expectToken(ask(await signed()));
    });

    test.each([
      ["of a day", () => ({ exp: epoch(server) + 86_400 })],
      ["of a day without jti", () => ({ exp: epoch(server) + 86_400, jti: undefined })],
    ])("one %s is refused for as long as it lives", async (_what, claims) => {
      const reused = await signed(claims());
      await expectToken(ask(reused));
      for (const seconds of [60, 80_000, 6_340]) {
        server.clock.advance(seconds);
        await sweepExpired(server);
        await expectRefusal(ask(reused), "jti");
      }
    });

    test("another signature of one without jti is refused", async () => {
      const one = await signed({ jti: undefined });
      const again = await signed({ jti: undefined });
      // ECDSA signs differently each time.
      expect(again).not.toBe(one);
      expect(again.split(".").slice(0, 2)).toEqual(one.split(".").slice(0, 2));
      await expectToken(ask(one));
      await expectRefusal(ask(again), "jti");
      server.clock.advance(1);
      await expectToken(ask(await signed({ jti: undefined })));
    });

    test("long ones are limited in a minute, since their ids are kept long", async () => {
      const long = async () => ask(await signed({ exp: epoch(server) + 3600 }));
      for (let number = 0; number < 600; number += 50) {
        const answers = await Promise.all(Array.from({ length: 50 }, long));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      }
      const { status, body } = await long();
      expect([status, body.error_description]).toEqual([
        429,
        expect.stringContaining("live longer than five minutes"),
      ]);
      await expectToken(ask(await signed({ exp: epoch(server) + 300 })));
      server.clock.advance(61);
      await expectToken(long());
    });

    test("another assertion with the same jti is refused", async () => {
      const jti = randomUUID();
      await expectToken(ask(await signed({ jti })));
      await expectRefusal(ask(await signed({ jti, exp: epoch(server) + 200 })), "jti");
    });

    test("one of ten concurrent uses succeeds", async () => {
      const reused = await signed();
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(reused)));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    });

    test("a second use is refused after a restart", async () => {
      const reused = await signed();
      await expectToken(ask(reused));
      await server.restart();
      await expectRefusal(ask(reused), "jti");
    });

    test("another client may use the same jti", async () => {
      const jti = randomUUID();
      const other = await createClient(server.operator, {
        ...METHOD,
        keys: { publicKeys: [{ pem: key.pem }] },
      });
      await expectToken(ask(await signed({ jti })));
      const otherAssertion = await assertion(server, other.clientId, key, { claims: { jti } });
      await expectToken(ask(otherAssertion), other.clientId);
    });

    test("a refused assertion does not use up its jti", async () => {
      const jti = randomUUID();
      const payload = decodeJwt(await signed({ jti }));
      const otherKey = await clientKey();
      for (const token of [
        unsignedJwt({ alg: "ES256" }, payload, ""),
        unsignedJwt({ alg: "none" }, payload, ""),
        await assertion(server, clientId, otherKey, { claims: { jti } }),
      ]) {
        await expectRefusal(ask(token));
      }
      await expectRefusal(ask(await signed({ jti, aud: "https://elsewhere.example" })), "aud");
      await expectRefusal(ask(await signed({ jti, exp: epoch(server) - 60 })), "exp");
      await expectToken(ask(await signed({ jti })));
    });
  });

  describe("refuses", () => {
    const HEADERS = ["none", "None", "NONE", ""];

    test.each(HEADERS)("an assertion of the algorithm %p", async (alg) => {
      const payload = decodeJwt(await signed());
      await expectRefusal(ask(unsignedJwt({ alg }, payload, "")));
      await expectRefusal(ask(unsignedJwt({ alg }, payload, "AAAA")));
    });

    test("HS256 with the public key as the secret", async () => {
      const payload = decodeJwt(await signed());
      for (const secret of [key.pem, key.pem.trim(), JSON.stringify(key.jwk), key.jwk.x ?? ""]) {
        const input = unsignedJwt({ alg: "HS256" }, payload, "").slice(0, -1);
        const signature = createHmac("sha256", secret).update(input).digest("base64url");
        await expectRefusal(ask(`${input}.${signature}`));
      }
    });

    test("a key or a key URL in the header", async () => {
      const otherKey = await clientKey();
      for (const header of [
        { jwk: otherKey.jwk },
        { jku: "http://127.0.0.1:1/jwks.json", kid: "x" },
        { x5u: "http://127.0.0.1:1/cert.pem" },
        { kid: "../../../etc/passwd" },
      ]) {
        await expectRefusal(ask(await assertion(server, clientId, otherKey, { header })));
      }
    });

    test("a tampered assertion", async () => {
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

    test("another assertion type or none", async () => {
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

    test("a client_id that differs from the assertion's", async () => {
      const token = await signed();
      await expectRefusal(ask(token, { client_id: "client_0000000000000000000000" }));
      await expectToken(ask(token, { client_id: clientId }));
    });

    test("an inactive or expired client", async () => {
      const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
      const created = await createClient(server.operator, {
        ...METHOD,
        keys: { publicKeys: [{ pem: key.pem }] },
        expiresAt,
      });
      const withAssertion = async () => ask(await assertion(server, created.clientId, key));
      await expectToken(withAssertion(), created.clientId);
      await updateClient(server.operator, { clientId: created.clientId, status: "INACTIVE" });
      await expectRefusal(withAssertion());
      await updateClient(server.operator, { clientId: created.clientId, status: "ACTIVE" });
      await expectToken(withAssertion(), created.clientId);
      server.clock.advance(60);
      await expectRefusal(withAssertion());
    });
  });

  test("accepts only the custom issuer as audience of a project that has one, once the former one has ended", async () => {
    const other = await server.otherProject();
    const foreignClient = await createClient(other.operator, {
      ...METHOD,
      keys: { publicKeys: [{ pem: key.pem }] },
    });
    const issuer = "https://keys.example.org/";
    await other.operator.request(
      "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { issuer } } }",
      { input: { issuer } },
    );
    server.clock.advance(86_700);
    const path = `/projects/${other.projectId}/oauth/token`;
    const withAudience = async (aud: string) =>
      post(server, path, {
        ...GRANT,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(server, foreignClient.clientId, key, { claims: { aud } }),
      });
    const former = issuerFor(server).replace(server.projectId, other.projectId);
    await expectToken(withAudience(issuer), foreignClient.clientId);
    await expectToken(withAudience(`${issuer}oauth/token`), foreignClient.clientId);
    // The project stays served below its id, where no other project can be.
    await expectToken(withAudience(`${former}/oauth/token`), foreignClient.clientId);
    await expectRefusal(withAudience(`${issuer}/oauth/token`), "aud");
    await expectRefusal(withAudience(issuer.slice(0, -1)), "aud");
    await expectRefusal(withAudience(former), "aud");
  });

  test("accepts a former issuer and its token endpoint until it ends", async () => {
    const other = await server.otherProject();
    const { clientId: id } = await createClient(other.operator, {
      ...METHOD,
      keys: { publicKeys: [{ pem: key.pem }] },
    });
    const [former, present] = ["https://former.example.org", "https://present.example.org/tenant"];
    for (const issuer of [former, present]) {
      await other.operator.request(
        "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { issuer } } }",
        { input: { issuer } },
      );
    }
    const withAudience = async (aud: string) =>
      post(server, `/projects/${other.projectId}/oauth/token`, {
        ...GRANT,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(server, id, key, { claims: { aud } }),
      });
    for (const issuer of [former, present]) {
      await expectToken(withAudience(issuer), id);
      await expectToken(withAudience(`${issuer}/oauth/token`), id);
    }
    server.clock.advance(86_700);
    await expectRefusal(withAudience(former), "aud");
    await expectRefusal(withAudience(`${former}/oauth/token`), "aud");
    await expectToken(withAudience(`${present}/oauth/token`), id);
  });

  test("is not needed by a service user of Zitadel: a profile takes its assertion as a grant", async () => {
    const { clientId: id } = await createClient(server.operator);
    await createProfile(server.operator, {
      issuer: id,
      audience: issuerFor(server),
      keys: { publicKeys: [{ pem: key.pem }] },
      attributeMapping: {},
      clientId: id,
      claimConditions: [{ claim: "sub", operator: "EQUALS", values: [id] }],
    });
    const claims = { exp: epoch(server) + 3600, jti: undefined, aud: [issuerFor(server)] };
    const grant = await assertion(server, id, key, { claims });
    await expectToken(post(server, tokenPath(server), jwtBearer(grant)), id);
  });

  const bothKinds = { publicKeys: true, jwksUrl: "https://keys.example.com/jwks" };
  test.each<[string, object, (string | number)[], string]>([
    ["no keys", {}, ["keys"], "PRIVATE_KEY_JWT needs keys: give their URL or the keys themselves"],
    ["keys that are null", { keys: null }, ["keys"], "PRIVATE_KEY_JWT needs keys"],
    [
      "both kinds of keys",
      { keys: bothKinds },
      ["keys"],
      "jwksUrl and publicKeys; both were given",
    ],
    ["neither kind", { keys: {} }, ["keys"], "jwksUrl and publicKeys; none was given"],
    [
      "nulls of both kinds",
      { keys: { publicKeys: null, jwksUrl: null } },
      ["keys"],
      "jwksUrl and publicKeys; none was given",
    ],
    [
      "keys without the method",
      { keys: { publicKeys: true }, tokenEndpointAuthMethod: null },
      ["keys"],
      "Only PRIVATE_KEY_JWT takes keys",
    ],
    ["an empty list", { keys: { publicKeys: [] } }, ["keys", "publicKeys"], "at least one key"],
    [
      "a key in two forms",
      { keys: { publicKeys: "twice" } },
      ["keys", "publicKeys", 0],
      "Give exactly one of pem and jwk; both were given",
    ],
  ])("cannot be set up with %s", async (_what, settings, path, message) => {
    const text = JSON.stringify({ ...METHOD, ...settings })
      .replace("true", JSON.stringify([{ pem: key.pem }]))
      .replace('"twice"', JSON.stringify([{ pem: key.pem, jwk: key.jwk }]));
    const input = JSON.parse(text);
    const { clientId: plain } = await createClient(server.operator);
    for (const [operation, change] of [
      [
        "mutation ($input: CreateClientInput!) { createClient(input: $input) { clientSecret } }",
        { scopes: [] },
      ],
      [UPDATE_CLIENT, { clientId: plain }],
    ] as const) {
      const refused = await server.operator.failure(operation, { input: { ...change, ...input } });
      expect(refused.message).toContain(message);
      expect(refused.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", ...path] });
    }
  });

  test.each<[string, () => object, object]>([
    [
      "an exp in the past",
      () => ({ exp: epoch(server) - 60 }),
      { reason: "EXPIRED", claim: "exp" },
    ],
    ["no exp", () => ({ exp: undefined }), { reason: "CLAIM_MISSING", claim: "exp" }],
    ["a far exp", () => ({ exp: epoch(server) + 99_999 }), { reason: "CONDITION", claim: "exp" }],
    [
      "an early iat",
      () => ({ iat: epoch(server) + 60 }),
      { reason: "NOT_YET_VALID", claim: "iat" },
    ],
    ["another issuer", () => ({ iss: "x" }), { reason: "ISSUER", claim: "iss" }],
    ["another audience", () => ({ aud: "x" }), { reason: "AUDIENCE", claim: "aud" }],
    ["an empty jti", () => ({ jti: "" }), { reason: "MALFORMED", claim: "jti" }],
    ["no subject", () => ({ sub: undefined }), { reason: "CLAIM_MISSING", claim: "sub" }],
  ])("logs reason and claim of an assertion with %s", async (_what, claims, cause) => {
    const from = server.logs().length;
    const { status } = await ask(
      await assertion(server, clientId, key, { claims: { ...claims() } }),
    );
    expect(status).toBe(401);
    expect(await causeSince(from)).toMatchObject(cause);
  });

  test("logs that a signature is wrong or an assertion is used again", async () => {
    const from = server.logs().length;
    await expectRefusal(ask(await assertion(server, clientId, await clientKey())));
    expect(await causeSince(from)).toMatchObject({ reason: "SIGNATURE" });
    const reused = await assertion(server, clientId, key);
    await expectToken(ask(reused), clientId);
    const later = server.logs().length;
    await expectRefusal(ask(reused), "jti");
    expect(await causeSince(later)).toMatchObject({ reason: "REPLAYED", claim: "jti" });
  });

  test.each<[string, object[], object, RegExp]>([
    ["has no key", [], { reason: "KEY_SET_UNAVAILABLE" }, /^The key set has no key: /],
    [
      "has no key with its kid",
      [{ kid: "other" }],
      { reason: "SIGNATURE", claim: "kid" },
      /^The key set has one key, which does not have the token's kid$/,
    ],
    [
      "has its key for another algorithm",
      [{ kid: "key-1", ...rsaJwk(2048, 65_537n) }],
      { reason: "ALGORITHM", claim: "alg" },
      /^The key set has a key with the token's kid, but none for the token's algorithm$/,
    ],
  ])("logs that the client's key set %s", async (_what, changes, cause, sentence) => {
    const jwksUrl = keyServer.serve(changes.map((change) => ({ ...key.jwk, ...change })));
    const { clientId: remote } = await createClient(server.operator, {
      ...METHOD,
      keys: { jwksUrl },
    });
    const from = server.logs().length;
    const header = { kid: "key-1" };
    await expectRefusal(ask(await assertion(server, remote, key, { header })));
    expect(await causeSince(from)).toMatchObject({
      ...cause,
      cause: { message: expect.stringMatching(sentence) },
    });
  });

  test.each([
    ["the issuer", () => `${issuerFor(server)}/`],
    ["the token endpoint", () => `${issuerFor(server)}/oauth/token/`],
  ])("says that the audience differs from %s only by a slash", async (_what, aud) => {
    const sentence = /must be the issuer or the URL of .* differs only by a slash at its end/;
    const from = server.logs().length;
    const { body } = await ask(await signed({ aud: aud() }));
    expect([body.error, body.error_description]).toEqual([
      "invalid_client",
      expect.stringMatching(sentence),
    ]);
    expect(await causeSince(from)).toMatchObject({
      claim: "aud",
      explanation: expect.stringMatching(sentence),
    });
    const forged = await assertion(server, clientId, await clientKey(), { claims: { aud: aud() } });
    expect((await ask(forged)).body.error_description).not.toMatch(sentence);
  });

  test.each(["\n", "\r\n"])("takes an assertion that a file has ended with %j", async (end) => {
    await expectToken(ask(`${await signed({})}${end}`), clientId);
    await expectRefusal(ask(`${await signed({})}${end}${end}`));
  });

  /** The logged cause of the refusal since then. */
  const causeSince = async (position: number) => {
    const lines = server.logs().slice(position).split("\n");
    return JSON.parse(lines.find((line) => line.includes('"refused"')) ?? "{}").cause;
  };

  test("shows its keys as they are given", async () => {
    const keysOf = async (input: object) => {
      const { createClient: created } = await server.operator.request(
        `mutation ($input: CreateClientInput!) {
          createClient(input: $input) { client { keys { jwksUrl publicKeys { jwk } } } }
        }`,
        { input: { scopes: [], ...input } },
      );
      return created.client.keys;
    };
    const publicKeys = [{ jwk: key.jwk }];
    const inline = await keysOf({ ...METHOD, keys: { publicKeys } });
    expect(inline).toEqual({ jwksUrl: null, publicKeys });
    // The answer can be given again: null is absent.
    expect(await keysOf({ ...METHOD, keys: inline })).toEqual(inline);
    const jwksUrl = "https://keys.example.com/jwks";
    const atUrl = await keysOf({ ...METHOD, keys: { jwksUrl, publicKeys: null } });
    expect(atUrl).toEqual({ jwksUrl, publicKeys: [] });
    expect(await keysOf({})).toBeNull();
  });
});
