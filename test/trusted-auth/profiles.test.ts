import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, exportJWK } from "jose";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  ADD_KEY,
  CREATE_PROFILE,
  createProfile,
  DELETE_PROFILE,
  GET_PROFILE,
  MAPPING,
  profileInput,
  UPDATE_PROFILE,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

const NOT_MAPPED = { organizationId: null, externalMemberId: null, name: null, roles: null };
const JWKS_URL = "https://issuer.example.com/jwks";
const AT_URL = { jwksUrl: JWKS_URL };

describe("trusted auth profiles", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
  });

  afterAll(async () => {
    await server.stop();
  });

  const create = async (input: object) =>
    (await operator.request(CREATE_PROFILE, { input: profileInput(input) })).createProfile.profile;
  const createFailure = async (input: object) =>
    (await operator.failure(CREATE_PROFILE, { input: profileInput(input) })).extensions;
  const update = async (input: object) =>
    (await operator.request(UPDATE_PROFILE, { input })).updateProfile.profile;

  test("are created with a key set URL", async () => {
    const profile = await create({ keys: AT_URL });
    expect(profile).toMatchObject({
      profileId: expect.stringMatching(/^profile_[0-9A-Za-z]{22}$/),
      name: "Foreign",
      issuer: "https://issuer.example.com",
      audience: "authenticated",
      keys: { jwksUrl: JWKS_URL, publicKeys: [] },
      attributeMapping: { ...NOT_MAPPED, ...MAPPING },
      canJitProvision: false,
      singleUseTokenId: false,
      version: 1,
    });
    const { profileId } = profile;
    expect((await operator.request(GET_PROFILE, { profileId })).profile).toEqual(profile);
  });

  test("are created with public keys as PEM or JWK, which are stored as minimal JWKs", async () => {
    const elliptic = await foreignIssuer(server.clock, "ES384");
    const jwk = {
      ...elliptic.jwk,
      kid: "chosen-by-the-issuer",
      use: "sig",
      alg: "ES384",
      x5u: "https://x.test",
    };
    const { keys } = await create({ keys: { publicKeys: [{ pem: issuer.pem }, { jwk }] } });
    expect(keys.jwksUrl).toBeNull();
    expect(keys.publicKeys).toEqual([
      {
        publicKeyId: await calculateJwkThumbprint(issuer.jwk),
        algorithms: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
        jwk: issuer.jwk,
      },
      {
        publicKeyId: await calculateJwkThumbprint(elliptic.jwk),
        algorithms: ["ES384"],
        jwk: elliptic.jwk,
      },
    ]);
  });

  describe("have exactly one source of keys", () => {
    test.each<[string, () => object, string]>([
      ["none", () => ({}), "none was given"],
      ["only nulls", () => ({ jwksUrl: null, publicKeys: null }), "none was given"],
      ["both", () => ({ ...AT_URL, publicKeys: [{ pem: issuer.pem }] }), "both were given"],
    ])("and not %s", async (_, keys, given) => {
      const { profileId } = await create({ keys: AT_URL });
      for (const [operation, input] of [
        [CREATE_PROFILE, profileInput({ keys: keys() })],
        [UPDATE_PROFILE, { profileId, keys: keys() }],
      ] as const) {
        const { message, extensions } = await operator.failure(operation, { input });
        expect(message).toBe(`Give exactly one of jwksUrl and publicKeys; ${given}`);
        expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "keys"] });
      }
    });

    test("where null is absent, and which an update replaces", async () => {
      const { profileId } = await create({ keys: { ...AT_URL, publicKeys: null } });
      const publicKeys = [{ pem: issuer.pem, jwk: null }];
      expect((await update({ profileId, keys: { publicKeys } })).keys).toMatchObject({
        jwksUrl: null,
        publicKeys: [{ jwk: issuer.jwk }],
      });
      expect((await update({ profileId, keys: AT_URL })).keys).toEqual({
        jwksUrl: JWKS_URL,
        publicKeys: [],
      });
    });

    test.each<[string, () => object, string]>([
      ["neither PEM nor JWK", () => ({}), "none was given"],
      ["PEM and JWK", () => ({ pem: issuer.pem, jwk: issuer.jwk }), "both were given"],
    ])("whose keys are not %s", async (_, key, given) => {
      const { profileId } = await create({ keys: { publicKeys: [{ jwk: issuer.jwk }] } });
      const keys = { publicKeys: [{ pem: issuer.pem }, key()] };
      for (const [operation, input, path] of [
        [CREATE_PROFILE, profileInput({ keys }), ["keys", "publicKeys", 1]],
        [ADD_KEY, { profileId, publicKey: key() }, ["publicKey"]],
      ] as const) {
        const { message, extensions } = await operator.failure(operation, { input });
        expect(message).toBe(`Give exactly one of pem and jwk; ${given}`);
        expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", ...path] });
      }
    });
  });

  test("keep fields that an update does not mention", async () => {
    const { profileId } = await create({ keys: { publicKeys: [{ pem: issuer.pem }] } });
    const attributeMapping = { ...MAPPING, name: "user.name" };
    expect(await update({ profileId, attributeMapping })).toMatchObject({
      name: "Foreign",
      attributeMapping: { ...NOT_MAPPED, ...attributeMapping },
      keys: { publicKeys: [{ jwk: issuer.jwk }] },
      version: 2,
    });
    expect(
      await update({ profileId, canJitProvision: true, singleUseTokenId: true, issuer: "i" }),
    ).toMatchObject({ canJitProvision: true, singleUseTokenId: true, issuer: "i", version: 3 });
    const stale = { profileId, name: "Stale", expectedVersion: 2 };
    expect((await operator.failure(UPDATE_PROFILE, { input: stale })).extensions).toEqual({
      code: "VERSION_CONFLICT",
      path: ["input", "expectedVersion"],
    });
  });

  test.each([
    "http://issuer.example.com/jwks",
    "ftp://issuer.example.com/jwks",
    "file:///etc/passwd",
    "data:application/json,{}",
    "javascript:1",
    "not a url",
    "",
    "https://user:secret@issuer.example.com/jwks",
    "https://localhost/jwks",
    "https://LOCALHOST./jwks",
    "https://keys.localhost/jwks",
    "https://127.0.0.1/jwks",
    "https://127.1/jwks",
    "https://0x7f000001/jwks",
    "https://2130706433/jwks",
    "https://0177.0.0.1/jwks",
    "https://0.0.0.0/jwks",
    "https://0/jwks",
    "https://10.0.0.1/jwks",
    "https://172.16.0.1/jwks",
    "https://192.168.1.1/jwks",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/jwks",
    "https://198.18.0.1/jwks",
    "https://224.0.0.1/jwks",
    "https://255.255.255.255/jwks",
    "https://[::1]/jwks",
    "https://[::]/jwks",
    "https://[::ffff:127.0.0.1]/jwks",
    "https://[::ffff:7f00:1]/jwks",
    "https://[::127.0.0.1]/jwks",
    "https://[fe80::1]/jwks",
    "https://[fc00::1]/jwks",
    "https://[fec0::1]/jwks",
    "https://[64:ff9b::7f00:1]/jwks",
    "https://[2002:7f00:1::]/jwks",
    "https://[2001::1]/jwks",
    "https://①②⑦.⓪.⓪.①/jwks",
    " https://issuer.example.com/jwks",
    "https://issuer.example.com/\njwks",
    `https://issuer.example.com/${"x".repeat(2048)}`,
  ])("refuse the key set URL %j", async (jwksUrl) => {
    expect(await createFailure({ keys: { jwksUrl } })).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "keys", "jwksUrl"],
    });
  });

  describe("refuse as a public key", () => {
    const pemOf = (type: "pkcs8" | "spki", pair: ReturnType<typeof pairOf>) =>
      type === "pkcs8"
        ? pair.privateKey.export({ type, format: "pem" }).toString()
        : pair.publicKey.export({ type, format: "pem" }).toString();
    const pairOf = (bits: number, publicExponent = 65537) =>
      generateKeyPairSync("rsa", { modulusLength: bits, publicExponent });
    const curve = (namedCurve: string) =>
      generateKeyPairSync("ec", { namedCurve }).publicKey.export({ type: "spki", format: "pem" });

    test.each<[string, "pem" | "jwk", () => unknown]>([
      ["a private key", "pem", () => pemOf("pkcs8", pairOf(2048))],
      ["a private key", "jwk", () => privateJwk()],
      ["a symmetric key", "jwk", () => ({ kty: "oct", k: "c2VjcmV0" })],
      ["RSA with 1024 bits", "pem", () => pemOf("spki", pairOf(1024))],
      ["another curve", "pem", () => curve("secp256k1")],
      ["X25519", "jwk", () => okp("x25519")],
      ["Ed448", "jwk", () => okp("ed448")],
      ["a key for encryption", "jwk", () => ({ ...issuer.jwk, use: "enc" })],
      ["a key for key wrapping", "jwk", () => ({ ...issuer.jwk, key_ops: ["wrapKey"] })],
      ["an algorithm of another key type", "jwk", () => ({ ...issuer.jwk, alg: "ES256" })],
      ["a symmetric algorithm", "jwk", () => ({ ...issuer.jwk, alg: "HS256" })],
      ["an exponent of 1", "jwk", () => ({ ...issuer.jwk, e: "AQ" })],
      ["two concatenated PEM keys", "pem", () => issuer.pem + issuer.pem],
      ["a point that is not on its curve", "jwk", () => offCurve()],
      ["a key set", "jwk", () => ({ keys: [issuer.jwk] })],
      [
        "a malformed PEM",
        "pem",
        () => "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
      ],
      ["an empty text", "pem", () => ""],
      ["a JWK as PEM", "pem", () => JSON.stringify(issuer.jwk)],
    ])("%s (%s)", async (_, form, key) => {
      expect(await createFailure({ keys: { publicKeys: [{ [form]: await key() }] } })).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "keys", "publicKeys", 0, form],
      });
    });

    const privateJwk = () => exportJWK(issuer.privateKey);
    const okp = (type: "x25519" | "ed448") => {
      const { publicKey } = generateKeyPairSync(type as "x25519");
      return publicKey.export({ format: "jwk" });
    };
    const offCurve = () => ({ kty: "EC", crv: "P-256", x: "A".repeat(43), y: "B".repeat(43) });

    test("none, six, or the same key twice", async () => {
      const refused = { code: "BAD_USER_INPUT", path: ["input", "keys", "publicKeys"] };
      const failureWith = (publicKeys: object[]) => createFailure({ keys: { publicKeys } });
      expect(await failureWith([])).toEqual(refused);
      expect(await failureWith([{ pem: issuer.pem }, { jwk: issuer.jwk }])).toEqual(refused);
      const six = await Promise.all(
        Array.from({ length: 6 }, async () => ({
          pem: (await foreignIssuer(server.clock, "ES256")).pem,
        })),
      );
      expect(await failureWith(six)).toEqual(refused);
      await create({ keys: { publicKeys: six.slice(1) } });
    });
  });

  test.each([
    [["email"], { tokenId: "jti" }],
    [["email"], { ...MAPPING, email: null }],
    [["tokenId"], { email: "email", tokenId: "" }],
    [["email"], { ...MAPPING, email: "" }],
    [["email"], { ...MAPPING, email: "user..email" }],
    [["email"], { ...MAPPING, email: 5 }],
    [[], { ...MAPPING, role_ids: "roles" }],
    [[], { ...MAPPING, token_id: "jti" }],
  ])("refuse an attribute mapping with a problem at %j", async (path, attributeMapping) => {
    expect(await createFailure({ keys: AT_URL, attributeMapping })).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "attributeMapping", ...path],
    });
  });

  test.each(["name", "issuer", "audience"])("refuse an empty %s", async (field) => {
    expect(await createFailure({ keys: AT_URL, [field]: "" })).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", field],
    });
  });

  test("of another project are reported as not found", async () => {
    const other = (await server.otherProject()).operator;
    const foreign = await createProfile(other, { keys: AT_URL });
    const data = await operator.request(GET_PROFILE, { profileId: foreign });
    expect(data.profile).toBeNull();
    for (const profileId of [foreign, "profile_unknown"]) {
      for (const operation of [UPDATE_PROFILE, DELETE_PROFILE]) {
        expect((await operator.failure(operation, { input: { profileId } })).extensions).toEqual({
          code: "PROFILE_NOT_FOUND",
        });
      }
    }
  });

  test("are created once for an idempotency key, listed and deleted", async () => {
    const as = (await server.otherProject()).operator;
    const profileId = await createProfile(as, { keys: AT_URL, idempotencyKey: "once" });
    expect(await createProfile(as, { keys: AT_URL, idempotencyKey: "once" })).toBe(profileId);
    const list = `{ profiles { nodes { profileId } totalCount } }`;
    expect((await as.request(list)).profiles).toEqual({ nodes: [{ profileId }], totalCount: 1 });
    await as.request(DELETE_PROFILE, { input: { profileId } });
    expect((await as.request(list)).profiles.totalCount).toBe(0);
  });

  test("require their permissions", async () => {
    const reader = await server.keyWith("profiles:read");
    const input = profileInput({ keys: AT_URL });
    expect((await reader.failure(CREATE_PROFILE, { input })).extensions.code).toBe("FORBIDDEN");
    const writer = await server.keyWith("profiles:write");
    expect((await writer.failure(GET_PROFILE, { profileId: "x" })).extensions.code).toBe(
      "FORBIDDEN",
    );
  });
});
