import { request } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, decodeJwt } from "jose";
import { sweepExpired } from "../support/housekeeping.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  issueToken,
  tokenFailure,
  updateClient,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import { unsignedJwt } from "../trusted-auth/foreign-issuer.js";
import {
  basicHeader,
  type ClientKey,
  clientKey,
  createApi,
  createGrant,
  dpopProof,
  epoch,
  GRANT,
  type OAuthAnswer,
  post,
  postCredentials,
  requestToken,
  tokenPath,
} from "./oauth-operations.js";

describe("DPoP (RFC 9449)", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let key: ClientKey;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator);
    key = await clientKey();
  });

  afterAll(async () => {
    await server.stop();
  });

  const ask = (dpop: string, parameters: Record<string, string> = {}, as: Credentials = client) =>
    requestToken(server, as, parameters, { dpop });
  /** The server's current nonce. */
  const nonceOf = async () => {
    const answer = await ask(await dpopProof(server, key));
    return answer.headers.get("dpop-nonce") ?? "";
  };
  const proof = async (
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    signer = key,
  ) => dpopProof(server, signer, { claims: { nonce: await nonceOf(), ...claims }, header });

  const expectRefusal = async (
    request: OAuthAnswer | Promise<OAuthAnswer>,
    error = "invalid_dpop_proof",
  ) => {
    const { status, body, headers } = await request;
    expect({ status, error: body.error }).toEqual({ status: 400, error });
    expect(headers.get("cache-control")).toBe("no-store");
  };

  test("issues a bound token when the request is repeated with the server's nonce", async () => {
    const challenge = await ask(await dpopProof(server, key));
    await expectRefusal(challenge, "use_dpop_nonce");
    const nonce = challenge.headers.get("dpop-nonce") ?? "";
    expect(nonce).toMatch(/^[\w-]{20,}$/);
    const answer = await ask(await dpopProof(server, key, { claims: { nonce } }));
    expect(answer.status).toBe(200);
    expect(answer.body.token_type).toBe("DPoP");
    expect(answer.headers.get("dpop-nonce")).toBe(nonce);
    const { cnf } = decodeJwt(answer.body.access_token);
    expect(cnf).toEqual({ jkt: await calculateJwkThumbprint(key.jwk) });
  });

  test("binds tokens of every profile, also for an API", async () => {
    for (const tokenProfile of ["DEFAULT", "AUTH0", "RFC9068"]) {
      const api = await createApi(server.operator, { tokenProfile });
      await createGrant(server.operator, client, api);
      const { body } = await ask(await proof(), { audience: api.identifier });
      expect(decodeJwt(body.access_token)["cnf"]).toEqual({
        jkt: await calculateJwkThumbprint(key.jwk),
      });
    }
  });

  test("issues a Bearer token without cnf when there is no proof", async () => {
    const { body, headers } = await requestToken(server, client);
    expect(body.token_type).toBe("Bearer");
    expect(decodeJwt(body.access_token)).not.toHaveProperty("cnf");
    expect(headers.get("dpop-nonce")).toBeNull();
  });

  test.each(["ES256", "EdDSA", "RS256", "PS256"])(
    "accepts proofs signed with %s",
    async (algorithm) => {
      const own = await clientKey(algorithm);
      const { body } = await ask(await proof({}, {}, own));
      expect(decodeJwt(body.access_token)["cnf"]).toEqual({
        jkt: await calculateJwkThumbprint(own.jwk),
      });
    },
  );

  test.each(["ES384", "RS384", "PS512"])("refuses proofs signed with %s", async (algorithm) => {
    await expectRefusal(ask(await proof({}, {}, await clientKey(algorithm))));
  });

  test("is described by introspection and verification", async () => {
    const { body } = await ask(await proof());
    const { body: introspected } = await post(
      server,
      `/projects/${server.projectId}/oauth/introspect`,
      { token: body.access_token },
      basicHeader(client),
    );
    expect(introspected).toMatchObject({
      active: true,
      token_type: "DPoP",
      cnf: { jkt: await calculateJwkThumbprint(key.jwk) },
    });
    const verified = await server.anonymous.request(VERIFY_TOKEN, {
      input: { accessToken: body.access_token, acceptBound: true },
    });
    expect(verified.verifyToken.token).toMatchObject({
      customClaims: {},
      confirmation: { jkt: await calculateJwkThumbprint(key.jwk), x5tS256: null },
    });
  });

  describe("a proof is accepted once:", () => {
    test("a second use is refused", async () => {
      const reused = await proof();
      expect((await ask(reused)).status).toBe(200);
      await expectRefusal(ask(reused));
      const { jti } = decodeJwt(reused);
      await expectRefusal(ask(await proof({ jti, iat: epoch(server) - 1 })));
    });

    test("a use is remembered for as long as its iat is valid", async () => {
      const iat = epoch(server) + 60;
      const reused = await proof({ iat });
      expect((await ask(reused)).status).toBe(200);
      server.clock.advance(120.9);
      await sweepExpired(server);
      await expectRefusal(ask(reused));
      expect((await ask(await proof({ iat }))).status).toBe(200);
    });

    test("one of ten concurrent uses succeeds", async () => {
      const reused = await proof();
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(reused)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
    });

    test("another key may use the same jti", async () => {
      const jti = "the-same-id";
      const other = await clientKey();
      expect((await ask(await proof({ jti }))).status).toBe(200);
      expect((await ask(await proof({ jti }, {}, other))).status).toBe(200);
    });

    test("a refused proof does not use up its jti", async () => {
      const jti = "not-used-up";
      const good = await proof({ jti });
      const [header, payload] = good.split(".");
      await expectRefusal(ask(`${header}.${payload}.AAAA`));
      await expectRefusal(ask(await proof({ jti, htm: "GET" })));
      await expectRefusal(ask(await proof({ jti, nonce: undefined })), "use_dpop_nonce");
      expect((await ask(good)).status).toBe(200);
    });
  });

  describe("refuses a proof with", () => {
    test.each([
      ["another method", { htm: "GET" }],
      ["the method in lower case", { htm: "post" }],
      ["no method", { htm: undefined }],
      ["another host", { htu: "https://elsewhere.example/oauth/token" }],
      ["another path", { htu: `${PUBLIC_URL}/graphql` }],
      ["a path below", () => ({ htu: `${PUBLIC_URL}${tokenPath(server)}/x` })],
      ["http instead of https", () => ({ htu: `http://auth.example.test${tokenPath(server)}` })],
      ["a relative URL", { htu: "/oauth/token" }],
      ["a URL that is a list", { htu: [`${PUBLIC_URL}/oauth/token`] }],
      ["no URL", { htu: undefined }],
      ["an iat more than a minute ago", () => ({ iat: epoch(server) - 61 })],
      ["an iat more than a minute ahead", () => ({ iat: epoch(server) + 61 })],
      ["an iat that is text", () => ({ iat: `${epoch(server)}` })],
      ["no iat", { iat: undefined }],
      ["an exp in the past", () => ({ exp: epoch(server) })],
      ["no jti", { jti: undefined }],
      ["an empty jti", { jti: "" }],
      ["a jti that is a number", { jti: 7 }],
      ["a jti of 256 characters", { jti: "x".repeat(256) }],
    ])("%s", async (_what, claims) => {
      await expectRefusal(ask(await proof(typeof claims === "function" ? claims() : claims)));
    });

    test("another typ or none", async () => {
      for (const typ of ["JWT", "at+jwt", "dpop", undefined]) {
        await expectRefusal(ask(await proof({}, { typ })));
      }
    });

    test("a private, symmetric or other key in its header, or none", async () => {
      const symmetric = { kty: "oct", k: Buffer.alloc(32).toString("base64url") };
      for (const jwk of [
        key.privateJwk,
        symmetric,
        (await clientKey()).jwk,
        (await clientKey("RS256")).jwk,
        {},
        undefined,
      ]) {
        await expectRefusal(ask(await proof({}, { jwk })));
      }
    });

    test("no signature or a symmetric algorithm", async () => {
      const payload = decodeJwt(await proof());
      const symmetric = { kty: "oct", k: Buffer.alloc(32).toString("base64url") };
      for (const header of [
        { alg: "none", jwk: key.jwk },
        { alg: "None", jwk: key.jwk },
        { alg: "HS256", jwk: key.jwk },
        { alg: "HS256", jwk: symmetric },
        { alg: "ES256", jwk: key.jwk },
      ]) {
        await expectRefusal(ask(unsignedJwt({ typ: "dpop+jwt", ...header }, payload, "AAAA")));
        await expectRefusal(ask(unsignedJwt({ typ: "dpop+jwt", ...header }, payload, "")));
      }
    });

    test("more than 4096 characters or malformed content", async () => {
      await expectRefusal(ask(await proof({ filler: "x".repeat(4096) })));
      await expectRefusal(ask("x"));
      await expectRefusal(ask("a.b.c"));
    });
  });

  test("refuses two proofs", async () => {
    const both = [await proof(), await proof()];
    await expectRefusal(ask(both.join(", ")));
    const headers = new Headers();
    for (const dpop of both) headers.append("dpop", dpop);
    const answer = await fetch(server.url + tokenPath(server), {
      method: "POST",
      body: new URLSearchParams(postCredentials(client)),
      headers,
    });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toBe("invalid_dpop_proof");
  });

  test("accepts the URL of the request in any normalized form, with any query", async () => {
    const htu = `${PUBLIC_URL}${tokenPath(server)}?x=1#y`;
    expect((await ask(await proof({ htu }))).status).toBe(200);
    const upper = `HTTPS://AUTH.EXAMPLE.TEST:443${tokenPath(server)}`;
    expect((await ask(await proof({ htu: upper }))).status).toBe(200);
    const alias = { dpop: await proof({ htu: `${PUBLIC_URL}/oauth/token` }) };
    const answer = await post(server, "/oauth/token", postCredentials(client), alias);
    expect(answer.status).toBe(200);
    await expectRefusal(ask(await proof({ htu: `${PUBLIC_URL}/oauth/token` })));
  });

  describe("compares the URL of the proof", () => {
    /** fetch would not send another Host header. */
    const postTo = async (path: string, headers: Record<string, string>) => {
      const body = new URLSearchParams(postCredentials(client)).toString();
      const type = { "content-type": "application/x-www-form-urlencoded" };
      return new Promise<number | undefined>((resolve, reject) => {
        const options = { method: "POST", headers: { ...type, ...headers } };
        const sent = request(`${server.url}${path}`, options, (response) => {
          response.resume().once("end", () => resolve(response.statusCode));
        });
        sent.once("error", reject).end(body);
      });
    };
    const FORGED = "https://gateway.example/oauth/token";
    const forwarded = { "x-forwarded-host": "gateway.example", "x-forwarded-proto": "https" };

    afterEach(async () => {
      await server.restart();
    });

    test("with the configured addresses, and not with the Host header", async () => {
      for (const scheme of ["http", "https"]) {
        const dpop = await proof({ htu: `${scheme}://gateway.example/oauth/token` });
        expect(await postTo("/oauth/token", { host: "gateway.example", dpop })).toBe(400);
      }
      const dpop = await proof({ htu: `${PUBLIC_URL}/oauth/token` });
      expect(await postTo("/oauth/token", { host: "gateway.example", dpop })).toBe(200);
    });

    test("with what a proxy forwards only if the proxy is trusted", async () => {
      const headers = async () => ({
        ...forwarded,
        "x-forwarded-for": "192.0.2.7",
        dpop: await proof({ htu: FORGED }),
      });
      expect(await postTo("/oauth/token", await headers())).toBe(400);
      await server.restart({ trustedProxies: ["10.0.0.0/8"] });
      expect(await postTo("/oauth/token", await headers())).toBe(400);
      await server.restart({ trustedProxies: ["127.0.0.1"] });
      expect(await postTo("/oauth/token", await headers())).toBe(200);
    });

    test("with the project's former issuer until that ends", async () => {
      const { operator } = server;
      const change = async (issuer: string | null) =>
        operator.request(
          "mutation ($issuer: String) { updateProject(input: { issuer: $issuer }) { project { issuer } } }",
          { issuer },
        );
      await change("https://former.example");
      await change(null);
      const headers = async () => ({
        host: "former.example",
        dpop: await proof({ htu: "https://former.example/oauth/token" }),
      });
      expect(await postTo("/oauth/token", await headers())).toBe(200);
      server.clock.advance(2 * 86_400);
      expect(await postTo("/oauth/token", await headers())).toBe(400);
    });
  });

  describe("nonces", () => {
    test("are valid for a period of five minutes and the next one", async () => {
      server.clock.advance(300 - (epoch(server) % 300));
      const nonce = await nonceOf();
      const proofWithNonce = () => dpopProof(server, key, { claims: { nonce } });
      server.clock.advance(299);
      expect(await nonceOf()).toBe(nonce);
      expect((await ask(await proofWithNonce())).status).toBe(200);
      server.clock.advance(300);
      expect(await nonceOf()).not.toBe(nonce);
      const late = await ask(await proofWithNonce());
      expect(late.status).toBe(200);
      expect(late.headers.get("dpop-nonce")).not.toBe(nonce);
      server.clock.advance(1);
      await expectRefusal(ask(await proofWithNonce()), "use_dpop_nonce");
    });

    test("stay valid across a restart", async () => {
      const valid = await proof();
      await server.restart();
      expect((await ask(valid)).status).toBe(200);
    });

    test("are valid in their own project only", async () => {
      const other = await server.otherProject();
      const foreignClient = await createClient(other.operator);
      const path = `/projects/${other.projectId}/oauth/token`;
      const htu = `${PUBLIC_URL}${path}`;
      const nonce = await nonceOf();
      const dpop = await dpopProof(server, key, { claims: { htu, nonce } });
      const answer = await post(server, path, postCredentials(foreignClient), { dpop });
      await expectRefusal(answer, "use_dpop_nonce");
      expect(answer.headers.get("dpop-nonce")).not.toBe(nonce);
      for (const wrong of [
        "",
        "x",
        5,
        null,
        nonce.toLowerCase(),
        answer.headers.get("dpop-nonce"),
      ]) {
        await expectRefusal(ask(await proof({ nonce: wrong })), "use_dpop_nonce");
      }
    });
  });

  describe("when required of a client", () => {
    let bound: ClientView & Credentials;

    beforeAll(async () => {
      bound = await createClient(server.operator, { dpopBoundAccessTokens: true });
    });

    test("is enforced at the token endpoint", async () => {
      await expectRefusal(requestToken(server, bound));
      await expectRefusal(post(server, tokenPath(server), GRANT, basicHeader(bound)));
      const { body } = await ask(await proof(), {}, bound);
      expect(body.token_type).toBe("DPoP");
    });

    test("prevents tokens by GraphQL, which has no proofs", async () => {
      const { extensions } = await tokenFailure(server.anonymous, bound);
      expect(extensions).toEqual({ code: "INVALID_DPOP_PROOF" });
    });

    test("is no longer enforced after the requirement is removed", async () => {
      const { clientId } = bound;
      await updateClient(server.operator, { clientId, dpopBoundAccessTokens: false });
      expect((await requestToken(server, bound)).body.token_type).toBe("Bearer");
      await issueToken(server.anonymous, bound);
    });
  });

  test("checks the client's credentials before the proof", async () => {
    const { status, body, headers } = await ask("x", {}, { ...client, clientSecret: "wrong" });
    expect(status).toBe(401);
    expect(body.error).toBe("invalid_client");
    expect(headers.get("dpop-nonce")).toBeNull();
  });
});
