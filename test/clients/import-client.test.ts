import { createHash, pbkdf2Sync, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import bcrypt from "bcryptjs";
import { argon2d, argon2id } from "hash-wasm";
import { newId } from "../../src/shared/ids.js";
import { generateSecret } from "../../src/shared/secrets.js";
import { clientKey } from "../oauth/oauth-operations.js";
import {
  createClient,
  getClient,
  IMPORT_CLIENT,
  importClient,
  issueToken,
  ROTATE_SECRET,
  tokenFailure,
} from "../support/operations.js";
import { retryMeasurement } from "../support/retry-measurement.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const SECRET = "correct horse battery staple";
const salt = randomBytes(16);
const bcryptOf = (secret: string, prefix = "$2b$") =>
  bcrypt.hashSync(secret, 4).replace(/^\$2[aby]\$/, prefix);
const pbkdf2Of = (secret: string, sha: "sha1" | "sha256" | "sha512", iterations: number) => {
  const hash = pbkdf2Sync(secret, salt, iterations, 32, sha);
  const base64 = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  return { salt: base64(salt), hash: base64(hash) };
};
const argon2Of = (password: string) =>
  argon2id({
    password,
    salt,
    parallelism: 1,
    iterations: 1,
    memorySize: 64,
    hashLength: 32,
    outputType: "encoded",
  });

describe("importClient", () => {
  let server: TestServer;
  let number = 0;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const freshId = () => `legacy-${++number}`;
  const failure = (input: object) =>
    server.operator.failure(IMPORT_CLIENT, { input: { clientId: freshId(), ...input } });
  const importWith = async (secret: object) => {
    const { clientId } = await importClient(server.operator, {
      clientId: freshId(),
      scopes: ["read:users"],
      ...secret,
    });
    return clientId;
  };
  const expectOnlyThisSecretWorks = async (clientId: string, clientSecret: string) => {
    const wrong = await tokenFailure(server.anonymous, {
      clientId,
      clientSecret: `${clientSecret}x`,
    });
    expect(wrong.extensions.code).toBe("INVALID_CLIENT");
    for (let use = 0; use < 2; use++) {
      const { scope } = await issueToken(server.anonymous, { clientId, clientSecret });
      expect(scope).toBe("read:users");
    }
    const after = await tokenFailure(server.anonymous, {
      clientId,
      clientSecret: clientSecret.slice(1),
    });
    expect(after.extensions.code).toBe("INVALID_CLIENT");
  };

  test("keeps a client's id and secret", async () => {
    const input = {
      clientId: "billing-legacy",
      clientSecret: SECRET,
      name: "Billing",
      description: "From the old system",
      scopes: ["read:users"],
      trustedMetadata: { from: "old" },
    };
    const client = await importClient(server.operator, input);
    const { clientSecret: _, ...described } = input;
    expect(client).toMatchObject({
      ...described,
      status: "ACTIVE",
      secrets: [{ lastFour: "aple", status: "CURRENT", expiresAt: null }],
      version: 1,
    });
    expect(await getClient(server.operator, "billing-legacy")).toEqual(client);
    await expectOnlyThisSecretWorks("billing-legacy", SECRET);
  });

  test("grants no scopes by default", async () => {
    const client = await importClient(server.operator, {
      clientId: freshId(),
      clientSecret: SECRET,
    });
    expect(client.scopes).toEqual([]);
  });

  test.each(["$2a$", "$2b$", "$2y$"])(
    "accepts a bcrypt hash with the prefix %s",
    async (prefix) => {
      const clientId = await importWith({ secretHash: bcryptOf(SECRET, prefix) });
      await expectOnlyThisSecretWorks(clientId, SECRET);
      const client = await getClient(server.operator, clientId);
      expect(client?.secrets).toMatchObject([{ lastFour: null, status: "CURRENT" }]);
    },
  );

  test.each(["sha1", "sha256", "sha512"] as const)(
    "accepts PBKDF2 with %s, in PHC format and in passlib's format",
    async (sha) => {
      const { salt: salted, hash } = pbkdf2Of(SECRET, sha, 1000);
      for (const secretHash of [
        `$pbkdf2-${sha}$i=1000,l=32$${salted}$${hash}`,
        `$pbkdf2-${sha}$i=1000$${salted}$${hash}`,
        `$pbkdf2-${sha}$1000$${salted.replaceAll("+", ".")}$${hash.replaceAll("+", ".")}`,
      ]) {
        await expectOnlyThisSecretWorks(await importWith({ secretHash }), SECRET);
      }
    },
  );

  test("accepts an argon2 hash", async () => {
    await expectOnlyThisSecretWorks(
      await importWith({ secretHash: await argon2Of(SECRET) }),
      SECRET,
    );
    const secretHash = await argon2d({
      password: SECRET,
      salt,
      parallelism: 2,
      iterations: 2,
      memorySize: 64,
      hashLength: 16,
      outputType: "encoded",
    });
    await expectOnlyThisSecretWorks(await importWith({ secretHash }), SECRET);
  });

  const sixteen = "A".repeat(22);
  const pbkdf2Form = (sha: string, iterations: number, bytes: number) => {
    const output = Buffer.alloc(bytes).toString("base64").replaceAll("=", "");
    return `$pbkdf2-${sha}$i=${iterations},l=${bytes}$${sixteen}$${output}`;
  };

  test.each([
    ["Symfony's bcrypt", `$2y$13$${"a".repeat(53)}`],
    ["Django's number of PBKDF2 rounds", pbkdf2Form("sha256", 1_200_000, 32)],
    ["the most rounds of one block", pbkdf2Form("sha1", 3_000_000, 20)],
    ["the most rounds of two blocks", pbkdf2Form("sha512", 500_000, 128)],
    ["Django's argon2", `$argon2id$v=19$m=102400,t=2,p=8$${sixteen}$${"A".repeat(43)}`],
    ["PHP's argon2", `$argon2id$v=19$m=65536,t=4,p=1$${sixteen}$${"A".repeat(43)}`],
    ["RFC 9106's second argon2", `$argon2id$v=19$m=65536,t=3,p=4$${sixteen}$${"A".repeat(43)}`],
    ["many passes over little memory", `$argon2id$v=19$m=64,t=100,p=1$${sixteen}$${sixteen}`],
  ])("accepts the cost of %s", async (_what, secretHash) => {
    await importWith({ secretHash });
  });

  test.each([
    ["no hash at all", "correct horse battery staple", /Must be a bcrypt/],
    ["MD5 crypt", "$1$salt$qJH7.N4xYta3aEG/dfqo/0", /Must be a bcrypt/],
    ["bcrypt that is cut", `$2b$10$${"a".repeat(52)}`, /Must be a bcrypt/],
    [
      "Countersign's own hash of a generated secret",
      `sha256$${"a".repeat(43)}`,
      /Must be a bcrypt/,
    ],
    [
      "Countersign's own hash of an imported secret",
      `bcrypt-sha256$$2b$10$${"a".repeat(53)}`,
      /Must be a bcrypt/,
    ],
    ["bcrypt of cost 3", `$2b$03$${"a".repeat(53)}`, /cost is out of bounds/],
    ["bcrypt of cost 14", `$2b$14$${"a".repeat(53)}`, /cost is out of bounds/],
    ["bcrypt of cost 15", `$2b$15$${"a".repeat(53)}`, /cost is out of bounds/],
    ["bcrypt of cost 31", `$2b$31$${"a".repeat(53)}`, /cost is out of bounds/],
    ["PBKDF2 of 999 rounds", `$pbkdf2-sha256$i=999$${sixteen}$${sixteen}`, /out of bounds/],
    ["PBKDF2 of too many", `$pbkdf2-sha256$i=3000001$${sixteen}$${sixteen}`, /out of bounds/],
    ["PBKDF2 with SHA-512 of too many", `$pbkdf2-sha512$1000001$${sixteen}$${sixteen}`, /out of/],
    ["PBKDF2 of too many for 128 bytes", pbkdf2Form("sha256", 1_000_000, 128), /out of bounds/],
    [
      "PBKDF2 of too many for 21 bytes of SHA-1",
      pbkdf2Form("sha1", 1_500_001, 21),
      /out of bounds/,
    ],
    ["PBKDF2 of too many for 65 bytes of SHA-512", pbkdf2Form("sha512", 500_001, 65), /out of/],
    ["PBKDF2 with MD5", `$pbkdf2-md5$i=1000$${sixteen}$${sixteen}`, /Must be a bcrypt/],
    ["PBKDF2 of 15 bytes", `$pbkdf2-sha256$i=1000$${sixteen}$${"A".repeat(20)}`, /Must be/],
    ["PBKDF2 of another length", `$pbkdf2-sha256$i=1000,l=32$${sixteen}$${sixteen}`, /Must be/],
    [
      "argon2 of too much memory",
      `$argon2id$v=19$m=131073,t=1,p=1$${sixteen}$${sixteen}`,
      /out of/,
    ],
    ["argon2 of too many passes", `$argon2id$v=19$m=65536,t=7,p=1$${sixteen}$${sixteen}`, /out of/],
    [
      "argon2 of very many passes",
      `$argon2id$v=19$m=8,t=51201,p=1$${sixteen}$${sixteen}`,
      /out of/,
    ],
    ["argon2 of 9 lanes", `$argon2id$v=19$m=128,t=1,p=9$${sixteen}$${sixteen}`, /out of bounds/],
    ["argon2 of no pass", `$argon2id$v=19$m=64,t=0,p=1$${sixteen}$${sixteen}`, /Must be a bcrypt/],
    ["argon2 of version 16", `$argon2id$v=16$m=64,t=1,p=1$${sixteen}$${sixteen}`, /Must be/],
    ["argon2 with padding", `$argon2id$v=19$m=64,t=1,p=1$${sixteen}==$${sixteen}==`, /Must be/],
    ["argon2 in base64url", `$argon2id$v=19$m=64,t=1,p=1$${"_".repeat(22)}$${sixteen}`, /Must be/],
    ["a hash of 1025 characters", "x".repeat(1025), /at most 1024/],
    ["an empty hash", "", /Must be a bcrypt/],
  ])("refuses %s", async (_what, secretHash, sentence) => {
    const { message, extensions } = await failure({ secretHash });
    expect(message).toMatch(sentence);
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "secretHash"] });
  });

  test("accepts no hash that fails later with an internal error", async () => {
    const A = "A".repeat(22);
    for (const secretHash of [
      `$argon2id$v=19$m=8,t=1,p=1$${"A".repeat(11)}$${"A".repeat(16)}`,
      `$argon2i$v=19$m=64,t=10,p=8$${A}$${A}`,
      `$2b$04$${"/".repeat(53)}`,
      `$2b$04$${"9".repeat(53)}`,
      `$2y$04$${".".repeat(53)}`,
      `$pbkdf2-sha512$i=1000$-_${A}==$-_${A}=`,
      `$pbkdf2-sha1$1000$.$${A}`,
    ]) {
      const answer = await server.operator.send(IMPORT_CLIENT, {
        input: { clientId: freshId(), secretHash },
      });
      const [refused] = answer.errors;
      if (refused) {
        expect(refused.extensions.code).toBe("BAD_USER_INPUT");
        continue;
      }
      const { clientId } = answer.data.importClient.client;
      const tried = await tokenFailure(server.anonymous, { clientId, clientSecret: SECRET });
      expect([secretHash, tried.extensions.code]).toEqual([secretHash, "INVALID_CLIENT"]);
    }
  });

  test.each([
    ["both", { clientSecret: SECRET, secretHash: bcryptOf(SECRET) }],
    ["neither", {}],
    ["nulls", { clientSecret: null, secretHash: null }],
  ])("refuses %s of secret and hash", async (_what, secrets) => {
    const { extensions } = await failure(secrets);
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "clientSecret"] });
  });

  test.each([
    ["7 characters", "aZ3$kQ9"],
    ["1025 characters", "x".repeat(1025)],
    ["a secret after white space", ` ${SECRET}`],
    ["a secret before a line break", `${SECRET}\n`],
    ["a secret in Countersign's format with a wrong checksum", `csk_${"a".repeat(49)}`],
  ])("refuses %s", async (_what, clientSecret) => {
    const { extensions } = await failure({ clientSecret });
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "clientSecret"] });
  });

  test("refuses a hash with white space at its edges, and says so", async () => {
    const { message, extensions } = await failure({ secretHash: `${bcryptOf(SECRET)}\n` });
    expect(message).toBe("Must not begin or end with white space: check what was copied");
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "secretHash"] });
  });

  test("accepts keys instead of a secret", async () => {
    const { pem } = await clientKey();
    const keys = { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT", keys: { publicKeys: [{ pem }] } };
    const clientId = freshId();
    const client = await importClient(server.operator, { clientId, ...keys });
    expect(client.secrets).toEqual([]);
    const withoutKeys = await failure({ tokenEndpointAuthMethod: "PRIVATE_KEY_JWT" });
    expect(withoutKeys.extensions.path).toEqual(["input", "keys"]);
    const secretExpiresAt = "2030-01-01T00:00:00Z";
    const ends = await failure({ ...keys, secretExpiresAt });
    expect(ends.extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "secretExpiresAt"] });
  });

  test.each(["password", "12345678", "qwertyuiop", "aaaaaaaaaaaaaaaa", "letmein123", "abcdefgh"])(
    "refuses %s, because it is easy to guess",
    async (clientSecret) => {
      const { extensions } = await failure({ clientSecret });
      expect(extensions).toEqual({
        code: "INSECURE_CLIENT_SECRET",
        path: ["input", "clientSecret"],
      });
    },
  );

  test("refuses a secret that equals the client id", async () => {
    const clientId = "billing-worker-7-of-acme-47";
    const { extensions } = await failure({ clientId, clientSecret: clientId });
    expect(extensions.code).toBe("INSECURE_CLIENT_SECRET");
  });

  test("accepts the hash of another system's secret that begins with csk_", async () => {
    const secret = "csk_live_Zx9qQ7vLm2RtYw";
    const clientId = await importWith({ secretHash: bcryptOf(secret) });
    await expectOnlyThisSecretWorks(clientId, secret);
  });

  test("checks every byte of a secret that is longer than 72 bytes", async () => {
    const long = createHash("sha512").update("long").digest("hex");
    const clientSecret = `${long}${long}`;
    const clientId = await importWith({ clientSecret });
    const cut = await tokenFailure(server.anonymous, {
      clientId,
      clientSecret: `${clientSecret.slice(0, 72)}${"0".repeat(184)}`,
    });
    expect(cut.extensions.code).toBe("INVALID_CLIENT");
    await expectOnlyThisSecretWorks(clientId, clientSecret);
  });

  test("refuses secrets of more than 72 bytes for an imported bcrypt hash", async () => {
    const prefix = "p".repeat(72);
    const clientId = await importWith({ secretHash: bcryptOf(prefix) });
    await issueToken(server.anonymous, { clientId, clientSecret: prefix });
    const longer = await tokenFailure(server.anonymous, {
      clientId,
      clientSecret: `${prefix}more`,
    });
    expect(longer.extensions.code).toBe("INVALID_CLIENT");
  });

  test("accepts a secret with characters beyond ASCII", async () => {
    const clientSecret = "пароль\u0000с нулём 🗝 посередине";
    await expectOnlyThisSecretWorks(await importWith({ clientSecret }), clientSecret);
  });

  test("accepts a secret in Countersign's own format", async () => {
    const clientSecret = generateSecret("csk");
    const clientId = newId("client");
    await importClient(server.operator, { clientId, clientSecret, scopes: ["read:users"] });
    await issueToken(server.anonymous, { clientId, clientSecret });
  });

  test("accepts an id in Countersign's own format only with a secret in that format", async () => {
    for (const secret of [{ clientSecret: SECRET }, { secretHash: bcryptOf(SECRET) }]) {
      const { extensions } = await failure({ clientId: newId("client"), ...secret });
      const [field] = Object.keys(secret);
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", field] });
    }
  });

  test.each([
    "auth0|abc",
    "svc@corp.example",
    "a:b",
    "tenant/app",
    "A.b_c-d",
    "x",
    "x".repeat(255),
  ])("accepts the id %s", async (clientId) => {
    const { clientId: taken } = await importClient(server.operator, {
      clientId,
      secretHash: bcryptOf(SECRET),
      scopes: ["a"],
    });
    expect(taken).toBe(clientId);
    await issueToken(server.anonymous, { clientId, clientSecret: SECRET });
  });

  test.each([
    "",
    "a b",
    "a\nb",
    "a\u0000",
    "naïve",
    'a"b',
    "a\\b",
    "x".repeat(256),
    newId("project"),
    newId("member"),
    newId("session"),
    newId("organization"),
  ])("refuses the id %j", async (clientId) => {
    const { extensions } = await failure({ clientId, clientSecret: SECRET });
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "clientId"] });
  });

  test("refuses an id that is taken in the same project", async () => {
    const clientId = await importWith({ clientSecret: SECRET });
    const { extensions } = await failure({ clientId, clientSecret: SECRET });
    expect(extensions).toEqual({ code: "DUPLICATE_CLIENT_ID", path: ["input", "clientId"] });
    const generated = await createClient(server.operator);
    const again = await failure({ ...generatedImport(generated.clientId) });
    expect(again.extensions.code).toBe("DUPLICATE_CLIENT_ID");
    const other = await server.otherProject();
    await importClient(other.operator, { clientId, clientSecret: "another quite long secret" });
    await issueToken(server.anonymous, { clientId, clientSecret: SECRET });
  });

  const generatedImport = (clientId: string) => ({ clientId, clientSecret: generateSecret("csk") });

  test("creates one client when the same id is imported many times at once", async () => {
    const clientId = freshId();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        server.operator.send(IMPORT_CLIENT, { input: { clientId, secretHash: bcryptOf(SECRET) } }),
      ),
    );
    expect(
      answers.map(({ errors }) => errors[0]?.extensions.code).filter((code) => !code),
    ).toHaveLength(1);
    for (const { errors } of answers) {
      if (errors[0]) expect(errors[0].extensions.code).toBe("DUPLICATE_CLIENT_ID");
    }
  });

  test("can be repeated with an idempotency key", async () => {
    const input = { clientId: freshId(), clientSecret: SECRET, idempotencyKey: "import-1" };
    const first = await importClient(server.operator, input);
    expect(await importClient(server.operator, input)).toEqual(first);
    const { extensions } = await failure({ ...input, clientSecret: "another quite long secret" });
    expect(extensions).toEqual({ code: "IDEMPOTENCY_CONFLICT", path: ["input", "idempotencyKey"] });
  });

  test("does not delay first tokens until other imports have finished", async () => {
    await server.restart({ bcryptCost: 10 });
    await retryMeasurement(async () => {
      const clientId = await importWith({ secretHash: bcryptOf(SECRET) });
      let imported = 0;
      const imports = Array.from({ length: 30 }, async () => {
        await importWith({ clientSecret: SECRET });
        imported++;
      });
      await Promise.race(imports);
      await issueToken(server.anonymous, { clientId, clientSecret: SECRET });
      const importedBefore = imported;
      await Promise.all(imports);
      expect(importedBefore).toBeLessThan(imports.length / 3);
    });
    await server.restart();
  });

  test("allows many first tokens at once, more than it allows wrong secrets", async () => {
    for (const secret of [{ clientSecret: SECRET }, { secretHash: bcryptOf(SECRET) }]) {
      const clientId = await importWith(secret);
      const tokens = Array.from({ length: 60 }, () =>
        issueToken(server.anonymous, { clientId, clientSecret: SECRET }),
      );
      expect(await Promise.all(tokens)).toHaveLength(60);
    }
  });

  test("can be followed by a rotation to a generated secret", async () => {
    const clientId = await importWith({ clientSecret: SECRET });
    await issueToken(server.anonymous, { clientId, clientSecret: SECRET });
    const { rotateSecret } = await server.operator.request(ROTATE_SECRET, {
      input: { clientId, overlapSeconds: 0 },
    });
    const old = await tokenFailure(server.anonymous, { clientId, clientSecret: SECRET });
    expect(old.extensions.code).toBe("INVALID_CLIENT");
    await issueToken(server.anonymous, { clientId, clientSecret: rotateSecret.clientSecret });
  });
});
