import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRemoteJWKSet, decodeJwt, jwtVerify, SignJWT } from "jose";
import { startHousekeeping } from "../../src/housekeeping.js";
import { MAX_CLOCK_DIFFERENCE_SECONDS } from "../../src/shared/clock.js";
import { type ClientKey, clientKey, issuerFor } from "../oauth/oauth-operations.js";
import { createClient, issueToken } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { findKey, isAccepted, publishedKids } from "./signing-key-operations.js";

const PUBLISH = `mutation ($input: PublishKeyInput!) {
  publishKey(input: $input) { publishedKey { kid publicJwk createdAt expiresAt } }
}`;
const WITHDRAW = "mutation ($input: WithdrawKeyInput!) { withdrawKey(input: $input) { kid } }";
const LIST = "{ publishedKeys { kid publicJwk createdAt expiresAt } }";

describe("published keys of a former issuer", () => {
  let server: TestServer;
  let formerKey: ClientKey;

  beforeAll(async () => {
    server = await startTestServer();
    formerKey = await clientKey("EdDSA");
  });

  afterAll(async () => {
    await server.stop();
  });

  const inSeconds = (seconds: number) =>
    new Date(server.clock.now().getTime() + seconds * 1000).toISOString();
  const input = (kid: string, changes: object = {}) => ({
    kid,
    publicKey: { pem: formerKey.pem },
    expiresAt: inSeconds(3600),
    ...changes,
  });
  const publish = async (kid: string, changes: object = {}) =>
    (await server.operator.request(PUBLISH, { input: input(kid, changes) })).publishKey
      .publishedKey;
  const failure = async (kid: string, changes: object = {}, as = server.operator) =>
    (await as.failure(PUBLISH, { input: input(kid, changes) })).extensions;
  const listed = async () =>
    (await server.operator.request(LIST)).publishedKeys.map(({ kid }: { kid: string }) => kid);

  test("are in the key set until they expire, so that the issuer's tokens still verify", async () => {
    const key = await publish("old-key-1");
    expect(key).toEqual({
      kid: "old-key-1",
      publicJwk: { ...formerKey.jwk, kid: "old-key-1", use: "sig" },
      createdAt: server.clock.now().toISOString(),
      expiresAt: inSeconds(3600),
    });
    const token = await new SignJWT({ sub: "somebody", iss: "https://old.example.com/" })
      .setProtectedHeader({ alg: "EdDSA", kid: "old-key-1" })
      .sign(formerKey.privateKey);
    const jwks = new URL(`${server.url}/projects/${server.projectId}/.well-known/jwks.json`);
    const { payload } = await jwtVerify(token, createRemoteJWKSet(jwks));
    expect(payload.sub).toBe("somebody");
    expect(await listed()).toContain("old-key-1");
  });

  test("are not trusted by this server", async () => {
    await publish("old-key-2");
    const client = await createClient(server.operator);
    const { accessToken } = await issueToken(server.anonymous, client);
    expect(await isAccepted(server, accessToken)).toBe(true);
    const header = { alg: "EdDSA", typ: "JWT", kid: "old-key-2" };
    const forged = await new SignJWT(decodeJwt(accessToken))
      .setProtectedHeader(header)
      .sign(formerKey.privateKey);
    expect(decodeJwt(forged).iss).toBe(issuerFor(server));
    expect(await isAccepted(server, forged)).toBe(false);
    const withoutKid = await new SignJWT(decodeJwt(accessToken))
      .setProtectedHeader({ alg: "EdDSA", typ: "JWT" })
      .sign(formerKey.privateKey);
    expect(await isAccepted(server, withoutKid)).toBe(false);
  });

  test("leave the key set when they expire, and the database once they have expired for every process", async () => {
    const log = { error: (details: unknown) => expect(details).toBeUndefined() };
    const housekeeping = startHousekeeping(server.services, server.clock, log as never);
    await publish("brief", { expiresAt: inSeconds(10) });
    server.clock.advance(9);
    await housekeeping.sweep();
    expect(await publishedKids(server)).toContain("brief");
    server.clock.advance(1);
    expect(await publishedKids(server)).not.toContain("brief");
    server.clock.advance(MAX_CLOCK_DIFFERENCE_SECONDS);
    await housekeeping.sweep();
    expect(await listed()).not.toContain("brief");
    await housekeeping.stop();
  });

  test("can be withdrawn once", async () => {
    await publish("withdrawn");
    const withdraw = { input: { kid: "withdrawn" } };
    expect(await server.operator.request(WITHDRAW, withdraw)).toEqual({
      withdrawKey: { kid: "withdrawn" },
    });
    expect(await publishedKids(server)).not.toContain("withdrawn");
    const { extensions } = await server.operator.failure(WITHDRAW, withdraw);
    expect(extensions).toEqual({ code: "PUBLISHED_KEY_NOT_FOUND" });
  });

  test("need a key id that no published or signing key has", async () => {
    await publish("twice");
    const taken = { code: "ALREADY_EXISTS", path: ["input", "kid"] };
    expect(await failure("twice")).toEqual(taken);
    for (const status of ["CURRENT", "NEXT"] as const) {
      expect(await failure((await findKey(server.operator, status, "RS256")).kid)).toEqual(taken);
    }
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.operator.send(PUBLISH, { input: input("at-once") })),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  });

  test("belong to one project", async () => {
    const other = await server.otherProject();
    await publish("shared-kid");
    expect((await other.operator.request(LIST)).publishedKeys).toEqual([]);
    const withdrawal = await other.operator.failure(WITHDRAW, { input: { kid: "shared-kid" } });
    expect(withdrawal.extensions.code).toBe("PUBLISHED_KEY_NOT_FOUND");
    await other.operator.request(PUBLISH, { input: input("shared-kid") });
    expect(await publishedKids(server, other.projectId)).toContain("shared-kid");
  });

  test.each([
    ["an empty id", { kid: "" }, "kid"],
    ["an id with a space", { kid: "a b" }, "kid"],
    ["an id of 256 characters", { kid: "x".repeat(256) }, "kid"],
    ["a NUL in the id", { kid: "a\u0000" }, "kid"],
    ["a malformed key", { publicKey: { pem: "x" } }, "publicKey", "pem"],
    ["a private key", () => ({ publicKey: { jwk: formerKey.privateJwk } }), "publicKey", "jwk"],
    ["a symmetric key", { publicKey: { jwk: { kty: "oct", k: "AAAA" } } }, "publicKey", "jwk"],
    ["an expiry in the past", () => ({ expiresAt: inSeconds(0) }), "expiresAt"],
    ["neither PEM nor JWK", { publicKey: { pem: null, jwk: null } }, "publicKey"],
    ["PEM and JWK", () => ({ publicKey: { pem: formerKey.pem, jwk: formerKey.jwk } }), "publicKey"],
  ])("are refused with %s", async (_what, change, ...path) => {
    const changes = typeof change === "function" ? change() : change;
    expect(await failure("refused", changes)).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", ...path],
    });
  });

  test("require their permissions", async () => {
    const reader = await server.keyWith("signing_keys:read");
    expect(await failure("forbidden", {}, reader)).toMatchObject({ code: "FORBIDDEN" });
    await reader.request(LIST);
    const writer = await server.keyWith("signing_keys:write");
    expect((await writer.failure(LIST)).extensions.code).toBe("FORBIDDEN");
  });
});
