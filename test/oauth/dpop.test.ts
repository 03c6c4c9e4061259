import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
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

describe("a token that is bound to a key (RFC 9449)", () => {
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

  const ask = (dpop: string, more: Record<string, string> = {}, as: Credentials = client) =>
    requestToken(server, as, more, { dpop });
  /** The nonce that the server asks for now. */
  const nonceOf = async () => {
    const answer = await ask(await dpopProof(server, key));
    return answer.headers.get("dpop-nonce") ?? "";
  };
  const proof = async (
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    by = key,
  ) => dpopProof(server, by, { claims: { nonce: await nonceOf(), ...claims }, header });

  const expectRefusal = async (
    request: OAuthAnswer | Promise<OAuthAnswer>,
    error = "invalid_dpop_proof",
  ) => {
    const { status, body, headers } = await request;
    expect({ status, error: body.error }).toEqual({ status: 400, error });
    expect(headers.get("cache-control")).toBe("no-store");
  };

  test("is had by repeating the request with the nonce that the server names", async () => {
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

  test("is had in every form of token, for an API too", async () => {
    for (const tokenProfile of ["DEFAULT", "AUTH0", "RFC9068"]) {
      const api = await createApi(server.operator, { tokenProfile });
      await createGrant(server.operator, client, api);
      const { body } = await ask(await proof(), { audience: api.identifier });
      expect(decodeJwt(body.access_token)["cnf"]).toEqual({
        jkt: await calculateJwkThumbprint(key.jwk),
      });
    }
  });

  test("is not had without a proof: a Bearer token has no cnf", async () => {
    const { body, headers } = await requestToken(server, client);
    expect(body.token_type).toBe("Bearer");
    expect(decodeJwt(body.access_token)).not.toHaveProperty("cnf");
    expect(headers.get("dpop-nonce")).toBeNull();
  });

  test.each(["ES256", "EdDSA", "RS256", "PS256"])("takes proofs by %s", async (algorithm) => {
    const own = await clientKey(algorithm);
    const { body } = await ask(await proof({}, {}, own));
    expect(decodeJwt(body.access_token)["cnf"]).toEqual({
      jkt: await calculateJwkThumbprint(own.jwk),
    });
  });

  test.each(["ES384", "RS384", "PS512"])("takes no proofs by %s", async (algorithm) => {
    await expectRefusal(ask(await proof({}, {}, await clientKey(algorithm))));
  });

  test("is described by introspection and verification", async () => {
    const { body } = await ask(await proof());
    const { body: described } = await post(
      server,
      `/projects/${server.projectId}/oauth/introspect`,
      { token: body.access_token },
      basicHeader(client),
    );
    expect(described).toMatchObject({
      active: true,
      token_type: "DPoP",
      cnf: { jkt: await calculateJwkThumbprint(key.jwk) },
    });
    const verified = await server.anonymous.request(VERIFY_TOKEN, {
      accessToken: body.access_token,
    });
    expect(verified.verifyToken.customClaims).toEqual({});
  });

  describe("uses each proof once:", () => {
    test("the second time it is refused", async () => {
      const once = await proof();
      expect((await ask(once)).status).toBe(200);
      await expectRefusal(ask(once));
      const { jti } = decodeJwt(once);
      await expectRefusal(ask(await proof({ jti, iat: epoch(server) - 1 })));
    });

    test("it is remembered for as long as its iat would let it pass", async () => {
      const iat = epoch(server) + 60;
      const once = await proof({ iat });
      expect((await ask(once)).status).toBe(200);
      server.clock.advance(120.9);
      await sweepExpired(server);
      await expectRefusal(ask(once));
      expect((await ask(await proof({ iat }))).status).toBe(200);
    });

    test("of ten at once exactly one wins", async () => {
      const once = await proof();
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(once)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
    });

    test("another key may use the same id", async () => {
      const jti = "the-same-id";
      const other = await clientKey();
      expect((await ask(await proof({ jti }))).status).toBe(200);
      expect((await ask(await proof({ jti }, {}, other))).status).toBe(200);
    });

    test("one that is refused uses up nothing", async () => {
      const jti = "used-up-by-nobody";
      const good = await proof({ jti });
      const [header, payload] = good.split(".");
      await expectRefusal(ask(`${header}.${payload}.AAAA`));
      await expectRefusal(ask(await proof({ jti, htm: "GET" })));
      await expectRefusal(ask(await proof({ jti, nonce: undefined })), "use_dpop_nonce");
      expect((await ask(good)).status).toBe(200);
    });
  });

  describe("is refused for a proof with", () => {
    test.each([
      ["another method", { htm: "GET" }],
      ["the method in small letters", { htm: "post" }],
      ["no method", { htm: undefined }],
      ["another host", { htu: "https://elsewhere.example/oauth/token" }],
      ["another path", { htu: `${PUBLIC_URL}/graphql` }],
      ["a path below", () => ({ htu: `${PUBLIC_URL}${tokenPath(server)}/x` })],
      ["http instead of https", () => ({ htu: `http://auth.example.test${tokenPath(server)}` })],
      ["a URL that is none", { htu: "/oauth/token" }],
      ["a URL that is a list", { htu: [`${PUBLIC_URL}/oauth/token`] }],
      ["no URL", { htu: undefined }],
      ["an iat more than a minute ago", () => ({ iat: epoch(server) - 61 })],
      ["an iat more than a minute ahead", () => ({ iat: epoch(server) + 61 })],
      ["an iat that is text", () => ({ iat: `${epoch(server)}` })],
      ["no iat", { iat: undefined }],
      ["an exp that is over", () => ({ exp: epoch(server) })],
      ["no jti", { jti: undefined }],
      ["an empty jti", { jti: "" }],
      ["a jti that is a number", { jti: 7 }],
      ["a jti of 256 characters", { jti: "x".repeat(256) }],
    ])("%s", async (_what, claims) => {
      await expectRefusal(ask(await proof(typeof claims === "function" ? claims() : claims)));
    });

    test("another typ, or none", async () => {
      for (const typ of ["JWT", "at+jwt", "dpop", undefined]) {
        await expectRefusal(ask(await proof({}, { typ })));
      }
    });

    test("a private key, a symmetric key, another key or none in its header", async () => {
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

    test("no signature, or an algorithm that needs no key pair", async () => {
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

    test("more than 4096 characters, or nothing in it", async () => {
      await expectRefusal(ask(await proof({ filler: "x".repeat(4096) })));
      await expectRefusal(ask("x"));
      await expectRefusal(ask("a.b.c"));
    });
  });

  test("is refused for two proofs", async () => {
    const both = [await proof(), await proof()];
    await expectRefusal(ask(both.join(", ")));
    const headers = new Headers();
    for (const one of both) headers.append("dpop", one);
    const answer = await fetch(server.url + tokenPath(server), {
      method: "POST",
      body: new URLSearchParams(postCredentials(client)),
      headers,
    });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toBe("invalid_dpop_proof");
  });

  test("takes the URL under which the request came, and its query does not matter", async () => {
    const htu = `${PUBLIC_URL}${tokenPath(server)}?x=1#y`;
    expect((await ask(await proof({ htu }))).status).toBe(200);
    const upper = `HTTPS://AUTH.EXAMPLE.TEST:443${tokenPath(server)}`;
    expect((await ask(await proof({ htu: upper }))).status).toBe(200);
    const alias = { dpop: await proof({ htu: `${server.url}/oauth/token` }) };
    const answer = await post(server, "/oauth/token", postCredentials(client), alias);
    expect(answer.status).toBe(200);
    await expectRefusal(ask(await proof({ htu: `${server.url}/oauth/token` })));
  });

  describe("names nonces", () => {
    test("that hold in their period of five minutes and in the next one", async () => {
      server.clock.advance(300 - (epoch(server) % 300));
      const nonce = await nonceOf();
      const by = () => dpopProof(server, key, { claims: { nonce } });
      server.clock.advance(299);
      expect(await nonceOf()).toBe(nonce);
      expect((await ask(await by())).status).toBe(200);
      server.clock.advance(300);
      expect(await nonceOf()).not.toBe(nonce);
      const late = await ask(await by());
      expect(late.status).toBe(200);
      expect(late.headers.get("dpop-nonce")).not.toBe(nonce);
      server.clock.advance(1);
      await expectRefusal(ask(await by()), "use_dpop_nonce");
    });

    test("that hold across a restart", async () => {
      const good = await proof();
      await server.restart();
      expect((await ask(good)).status).toBe(200);
    });

    test("of its own project, and no others", async () => {
      const other = await server.otherProject();
      const theirs = await createClient(other.operator);
      const path = `/projects/${other.projectId}/oauth/token`;
      const htu = `${PUBLIC_URL}${path}`;
      const nonce = await nonceOf();
      const dpop = await dpopProof(server, key, { claims: { htu, nonce } });
      const answer = await post(server, path, postCredentials(theirs), { dpop });
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

  describe("can be required of a client", () => {
    let bound: ClientView & Credentials;

    beforeAll(async () => {
      bound = await createClient(server.operator, { dpopBoundAccessTokens: true });
    });

    test("which then gets none without a proof", async () => {
      await expectRefusal(requestToken(server, bound));
      await expectRefusal(post(server, tokenPath(server), GRANT, basicHeader(bound)));
      const { body } = await ask(await proof(), {}, bound);
      expect(body.token_type).toBe("DPoP");
    });

    test("and GraphQL, which knows no proofs, gives it none", async () => {
      const { extensions } = await tokenFailure(server.anonymous, bound);
      expect(extensions).toEqual({ code: "INVALID_DPOP_PROOF" });
    });

    test("until it is not", async () => {
      const { clientId } = bound;
      await updateClient(server.operator, { clientId, dpopBoundAccessTokens: false });
      expect((await requestToken(server, bound)).body.token_type).toBe("Bearer");
      await issueToken(server.anonymous, bound);
    });
  });

  test("is refused to whoever fails to authenticate, before the proof is looked at", async () => {
    const { status, body, headers } = await ask("x", {}, { ...client, clientSecret: "wrong" });
    expect(status).toBe(401);
    expect(body.error).toBe("invalid_client");
    expect(headers.get("dpop-nonce")).toBeNull();
  });
});
