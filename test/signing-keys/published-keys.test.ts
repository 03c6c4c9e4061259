import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRemoteJWKSet, decodeJwt, jwtVerify, SignJWT } from "jose";
import { startHousekeeping } from "../../src/housekeeping.js";
import { type ClientKey, clientKey, issuerFor } from "../oauth/oauth-operations.js";
import { createClient, issueToken } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { findKey, isAccepted, publishedKids } from "./signing-key-operations.js";

const PUBLISH = `mutation ($input: PublishKeyInput!) {
  publishKey(input: $input) { publishedKey { kid publicJwk createdAt expiresAt } }
}`;
const WITHDRAW = "mutation ($input: WithdrawKeyInput!) { withdrawKey(input: $input) { kid } }";
const LIST = "{ publishedKeys { kid publicJwk createdAt expiresAt } }";

describe("keys of an old issuer", () => {
  let server: TestServer;
  let old: ClientKey;

  beforeAll(async () => {
    server = await startTestServer();
    old = await clientKey("EdDSA");
  });

  afterAll(async () => {
    await server.stop();
  });

  const inSeconds = (seconds: number) =>
    new Date(server.clock.now().getTime() + seconds * 1000).toISOString();
  const input = (kid: string, more: object = {}) => ({
    kid,
    publicKey: old.pem,
    expiresAt: inSeconds(3600),
    ...more,
  });
  const publish = async (kid: string, more: object = {}) =>
    (await server.operator.request(PUBLISH, { input: input(kid, more) })).publishKey.publishedKey;
  const failure = async (kid: string, more: object = {}, as = server.operator) =>
    (await as.failure(PUBLISH, { input: input(kid, more) })).extensions;
  const listed = async () =>
    (await server.operator.request(LIST)).publishedKeys.map(({ kid }: { kid: string }) => kid);

  test("are in the key set with their id until their time, so that old tokens go on to verify", async () => {
    const key = await publish("old-key-1");
    expect(key).toEqual({
      kid: "old-key-1",
      publicJwk: { ...old.jwk, kid: "old-key-1", use: "sig" },
      createdAt: server.clock.now().toISOString(),
      expiresAt: inSeconds(3600),
    });
    const token = await new SignJWT({ sub: "somebody", iss: "https://old.example.com/" })
      .setProtectedHeader({ alg: "EdDSA", kid: "old-key-1" })
      .sign(old.privateKey);
    const jwks = new URL(`${server.url}/projects/${server.projectId}/.well-known/jwks.json`);
    const { payload } = await jwtVerify(token, createRemoteJWKSet(jwks));
    expect(payload.sub).toBe("somebody");
    expect(await listed()).toContain("old-key-1");
  });

  test("are never trusted by this server, whatever they sign", async () => {
    await publish("old-key-2");
    const client = await createClient(server.operator);
    const { accessToken } = await issueToken(server.anonymous, client);
    expect(await isAccepted(server, accessToken)).toBe(true);
    const header = { alg: "EdDSA", typ: "JWT", kid: "old-key-2" };
    const forged = await new SignJWT(decodeJwt(accessToken))
      .setProtectedHeader(header)
      .sign(old.privateKey);
    expect(decodeJwt(forged).iss).toBe(issuerFor(server));
    expect(await isAccepted(server, forged)).toBe(false);
    const nameless = await new SignJWT(decodeJwt(accessToken))
      .setProtectedHeader({ alg: "EdDSA", typ: "JWT" })
      .sign(old.privateKey);
    expect(await isAccepted(server, nameless)).toBe(false);
  });

  test("leave the key set on time, and the database with the next sweep", async () => {
    const log = { error: (details: unknown) => expect(details).toBeUndefined() };
    const housekeeping = startHousekeeping(server.services, server.clock, log as never);
    await publish("brief", { expiresAt: inSeconds(10) });
    server.clock.advance(9);
    await housekeeping.sweep();
    expect(await publishedKids(server)).toContain("brief");
    server.clock.advance(1);
    expect(await publishedKids(server)).not.toContain("brief");
    await housekeeping.sweep();
    expect(await listed()).not.toContain("brief");
    await housekeeping.stop();
  });

  test("can be withdrawn, once", async () => {
    await publish("withdrawn");
    const withdraw = { input: { kid: "withdrawn" } };
    expect(await server.operator.request(WITHDRAW, withdraw)).toEqual({
      withdrawKey: { kid: "withdrawn" },
    });
    expect(await publishedKids(server)).not.toContain("withdrawn");
    const { extensions } = await server.operator.failure(WITHDRAW, withdraw);
    expect(extensions).toEqual({ code: "SIGNING_KEY_NOT_FOUND" });
  });

  test("cannot have an id that is taken, by another one or by a key of ours", async () => {
    await publish("twice");
    const taken = { code: "CONFLICT", path: ["input", "kid"] };
    expect(await failure("twice")).toEqual(taken);
    for (const status of ["CURRENT", "NEXT"] as const) {
      expect(await failure((await findKey(server.operator, status, "RS256")).kid)).toEqual(taken);
    }
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.operator.send(PUBLISH, { input: input("at-once") })),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  });

  test("are the project's own", async () => {
    const other = await server.otherProject();
    await publish("mine");
    expect((await other.operator.request(LIST)).publishedKeys).toEqual([]);
    const withdrawal = await other.operator.failure(WITHDRAW, { input: { kid: "mine" } });
    expect(withdrawal.extensions.code).toBe("SIGNING_KEY_NOT_FOUND");
    await other.operator.request(PUBLISH, { input: input("mine") });
    expect(await publishedKids(server, other.projectId)).toContain("mine");
  });

  test.each([
    ["an empty id", { kid: "" }, "kid"],
    ["an id with a space", { kid: "a b" }, "kid"],
    ["an id of 256 characters", { kid: "x".repeat(256) }, "kid"],
    ["a NUL in the id", { kid: "a\u0000" }, "kid"],
    ["no key at all", { publicKey: "x" }, "publicKey"],
    ["a private key", () => ({ publicKey: JSON.stringify(old.privateJwk) }), "publicKey"],
    ["a symmetric key", { publicKey: '{"kty":"oct","k":"AAAA"}' }, "publicKey"],
    ["a time that is over", () => ({ expiresAt: inSeconds(0) }), "expiresAt"],
  ])("are refused with %s", async (_what, change, field) => {
    const more = typeof change === "function" ? change() : change;
    expect(await failure("refused", more)).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", field],
    });
  });

  test("need their permissions", async () => {
    const reader = await server.keyWith("signing_keys:read");
    expect(await failure("forbidden", {}, reader)).toMatchObject({ code: "FORBIDDEN" });
    await reader.request(LIST);
    const writer = await server.keyWith("signing_keys:write");
    expect((await writer.failure(LIST)).extensions.code).toBe("FORBIDDEN");
  });
});
