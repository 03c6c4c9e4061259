import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, decodeJwt } from "jose";
import {
  type ClientKey,
  clientKey,
  dpopProof,
  epoch,
  requestToken,
} from "../oauth/oauth-operations.js";
import { sweepExpired } from "../support/housekeeping.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  issueToken,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const REQUEST = { httpMethod: "GET", url: "https://api.example.com/orders?page=2#top" };

describe("verifyToken with a token that is bound to a key (RFC 9449)", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let key: ClientKey;
  let accessToken: string;

  beforeAll(async () => {
    server = await startTestServer();
    client = await createClient(server.operator);
    key = await clientKey();
    accessToken = await boundToken();
  });

  afterAll(async () => {
    await server.stop();
  });

  async function boundToken() {
    const challenge = await requestToken(
      server,
      client,
      {},
      { dpop: await dpopProof(server, key) },
    );
    const nonce = challenge.headers.get("dpop-nonce");
    const dpop = await dpopProof(server, key, { claims: { nonce } });
    return (await requestToken(server, client, {}, { dpop })).body.access_token as string;
  }
  const hashOf = (token: string) => createHash("sha256").update(token).digest("base64url");
  /** The proof of a request to the API. */
  const proof = (claims: object = {}, header: object = {}, signer = key) =>
    dpopProof(server, signer, {
      claims: {
        htm: "GET",
        htu: "https://api.example.com/orders",
        ath: hashOf(accessToken),
        ...claims,
      },
      header: { ...header },
    });
  const verify = async (options: object, token = accessToken) =>
    (await server.anonymous.request(VERIFY_TOKEN, { input: { accessToken: token, ...options } }))
      .verifyToken.token;
  const withProof = async (text: Promise<string> | string, request: object = {}) => ({
    dpop: { proof: await text, ...REQUEST, ...request },
  });
  /** Everybody is refused, and the operator is told why. */
  const expectRefusal = async (options: object, reason: RegExp, token = accessToken) => {
    for (const [as, message] of [
      [server.anonymous, /^The access token is not valid$/],
      [server.operator, reason],
    ] as const) {
      const input = { accessToken: token, ...options };
      const failure = await as.failure(VERIFY_TOKEN, { input });
      expect(failure.message).toMatch(message);
      expect(failure.extensions).toEqual({ code: "INVALID_TOKEN" });
    }
  };

  test("refuses it without a proof", async () => {
    for (const options of [{}, { dpop: null }, { acceptBound: false }, { acceptBound: null }]) {
      await expectRefusal(options, /bound to a key \(cnf\.jkt\): give the request's DPoP proof/);
    }
  });

  test("accepts it with the proof of its request, and tells the key", async () => {
    expect(await verify(await withProof(proof()))).toMatchObject({
      clientId: client.clientId,
      confirmation: { jkt: await calculateJwkThumbprint(key.jwk), x5tS256: null },
    });
  });

  test("accepts it without a proof if the caller checks the binding", async () => {
    const { confirmation } = await verify({ acceptBound: true });
    expect(confirmation.jkt).toBe(await calculateJwkThumbprint(key.jwk));
  });

  test("ignores the nonce, which is the resource server's", async () => {
    await verify(await withProof(proof({ nonce: "of-the-api" })));
  });

  test.each([
    ["query and fragment", { htu: "https://api.example.com/orders?page=9#bottom" }],
    ["the case of scheme and host", { htu: "HTTPS://API.example.com/orders" }],
    ["the default port", { htu: "https://api.example.com:443/orders" }],
  ])("compares URLs without %s", async (_, claims) => {
    await verify(await withProof(proof(claims)));
  });

  test("accepts each proof once, for as long as its iat is fresh", async () => {
    const early = await withProof(proof({ iat: epoch(server) + 60 }));
    await verify(early);
    await expectRefusal(early, /proof has been used before/);
    server.clock.advance(119);
    await sweepExpired(server);
    await expectRefusal(early, /proof has been used before/);
  });

  test("does not use up a proof that it refuses", async () => {
    const text = await proof();
    await expectRefusal(await withProof(text, { httpMethod: "POST" }), /htm is not httpMethod/);
    await verify(await withProof(text));
  });

  test("verifies a proof even if the caller accepts bound tokens", async () => {
    const options = { ...(await withProof(proof({ htm: "PUT" }))), acceptBound: true };
    await expectRefusal(options, /htm is not httpMethod/);
  });

  test.each<[string, () => Promise<string> | string, RegExp]>([
    ["that is no JWT", () => "x", /proof is malformed/],
    ["of another method", () => proof({ htm: "POST" }), /htm is not httpMethod/],
    ["of the method in lower case", () => proof({ htm: "get" }), /htm is not httpMethod/],
    ["of another path", () => proof({ htu: "https://api.example.com/users" }), /htu is not url/],
    ["of another host", () => proof({ htu: "https://evil.example.com/orders" }), /htu is not url/],
    ["of a relative URL", () => proof({ htu: "/orders" }), /htu is not url/],
    ["without ath", () => proof({ ath: undefined }), /ath is not the hash/],
    ["of another access token", () => proof({ ath: hashOf("other") }), /ath is not the hash/],
    ["without iat", () => proof({ iat: undefined }), /proof is malformed/],
    ["from the past", () => proof({ iat: epoch(server) - 61 }), /proof is malformed/],
    ["from the future", () => proof({ iat: epoch(server) + 61 }), /proof is malformed/],
    ["without jti", () => proof({ jti: undefined }), /proof is malformed/],
    ["with another typ", () => proof({}, { typ: "JWT" }), /proof is malformed/],
    ["without its key", () => proof({}, { jwk: undefined }), /proof is malformed/],
    ["with a private key", () => proof({}, { jwk: key.privateJwk }), /proof is malformed/],
    ["longer than 4096 characters", () => proof({ x: "x".repeat(4096) }), /proof is malformed/],
    ["of another key", async () => proof({}, {}, await clientKey()), /signed with another key/],
    [
      "signed with a key that it does not contain",
      async () => proof({}, { jwk: key.jwk }, await clientKey()),
      /proof is malformed/,
    ],
  ])("refuses a proof %s", async (_, text, reason) => {
    await expectRefusal(await withProof(text()), reason);
  });

  test.each([
    [{ proof: "" }, "proof"],
    [{ httpMethod: "" }, "httpMethod"],
    [{ url: "/orders" }, "url"],
    [{ url: "" }, "url"],
  ])("reports the request %j as bad input", async (request, field) => {
    const input = { accessToken, ...(await withProof("x", request)) };
    expect((await server.anonymous.failure(VERIFY_TOKEN, { input })).extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "dpop", field],
    });
  });

  test("refuses a proof beside a token that is not bound", async () => {
    const { accessToken: bearer } = await issueToken(server.anonymous, client);
    const options = await withProof(proof({ ath: hashOf(bearer) }));
    await expectRefusal(options, /not bound to a key/, bearer);
    await verify({ acceptBound: true }, bearer);
  });

  test.each([
    ["a client certificate (RFC 8705)", { "x5t#S256": "thumbprint" }],
    ["something that this server does not know", { kid: "key" }],
  ])("refuses a token that is bound to %s unless the caller checks it", async (_, cnf) => {
    const claims = { ...decodeJwt(accessToken), cnf };
    const { signingKeys } = server.services;
    const options = { algorithm: "RS256" as const, typ: "JWT", claims: claims as never };
    const token = await signingKeys.sign(server.projectId, options);
    await expectRefusal({}, /bound to a client certificate/, token);
    const x5tS256 = "x5t#S256" in cnf ? "thumbprint" : null;
    expect((await verify({ acceptBound: true }, token)).confirmation).toEqual({
      jkt: null,
      x5tS256,
    });
  });

  test("does not take a proof for a certificate that the token is bound to as well", async () => {
    const claims = decodeJwt(accessToken);
    const cnf = { ...(claims["cnf"] as object), "x5t#S256": "thumbprint" };
    const token = await server.services.signingKeys.sign(server.projectId, {
      algorithm: "RS256",
      typ: "JWT",
      claims: { ...claims, cnf } as never,
    });
    const options = async () => withProof(proof({ ath: hashOf(token) }));
    const input = { accessToken: token, ...(await options()) };
    const { message } = await server.operator.failure(VERIFY_TOKEN, { input });
    expect(message).toMatch(/bound to a client certificate/);
    await verify({ ...(await options()), acceptBound: true }, token);
  });
});
