import { createHash, pbkdf2Sync, randomBytes, scryptSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import bcrypt from "bcryptjs";
import { argon2id } from "hash-wasm";
import { ClientSecret } from "../../src/clients/client-secret.entity.js";
import { IMPORT_CLIENT, importClient, issueToken, tokenFailure } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const SECRET = "Kd8sP2xV7qL4mZ9tR3wB7nC5 ünd mehr";

const digest = (algorithm: string, text: string | Buffer = SECRET) =>
  createHash(algorithm).update(text).digest();
const unpadded = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");

function django(sha: "sha1" | "sha256", iterations = 1000) {
  const bytes = sha === "sha1" ? 20 : 32;
  const hash = pbkdf2Sync(SECRET, "aSaltOfText", iterations, bytes, sha).toString("base64");
  return `pbkdf2_${sha}$${iterations}$aSaltOfText$${hash}`;
}

function springPbkdf2(prefix: string, saltBytes: number, iterations: number, sha: string) {
  const salt = randomBytes(saltBytes);
  const hash = pbkdf2Sync(SECRET, salt, iterations, 32, sha);
  return prefix + Buffer.concat([salt, hash]).toString("hex");
}

function springSha256() {
  const salt = randomBytes(8);
  let hash = digest("sha256", Buffer.concat([salt, Buffer.from(SECRET)]));
  for (let round = 1; round < 1024; round++) hash = digest("sha256", hash);
  return `{sha256}${Buffer.concat([salt, hash]).toString("hex")}`;
}

function aspNetIdentity(number: number, sha: string) {
  const salt = randomBytes(16);
  const header = Buffer.alloc(13);
  header[0] = 1;
  for (const [index, value] of [number, 10_000, salt.length].entries()) {
    header.writeUInt32BE(value, 1 + 4 * index);
  }
  const hash = pbkdf2Sync(SECRET, salt, 10_000, 32, sha);
  return Buffer.concat([header, salt, hash]).toString("base64");
}

/** Salts of Werkzeug and Django are text. */
const scrypt = (N: number, p: number, salt: Buffer | string, bytes: number) =>
  scryptSync(SECRET, salt, bytes, { N, r: 8, p, maxmem: 2 ** 28 });

function springScrypt(prefix: string, parameters: string, N: number, saltBytes: number) {
  const salt = randomBytes(saltBytes);
  const hash = scrypt(N, 1, salt, 32).toString("base64");
  return `${prefix}$${parameters}$${salt.toString("base64")}$${hash}`;
}

const argon2 = () =>
  argon2id({
    password: SECRET,
    salt: randomBytes(16),
    parallelism: 8,
    iterations: 2,
    memorySize: 1024,
    hashLength: 32,
    outputType: "encoded",
  });

const FORMS: [string, () => string | Promise<string>][] = [
  ["SHA-256 in base64, as IdentityServer and Duende", () => digest("sha256").toString("base64")],
  ["SHA-512 in base64, as IdentityServer and Duende", () => digest("sha512").toString("base64")],
  ["SHA-256 in hexadecimal, as Doorkeeper", () => digest("sha256").toString("hex")],
  ["SHA-256 in capitals", () => digest("sha256").toString("hex").toUpperCase()],
  ["SHA-512 in hexadecimal", () => digest("sha512").toString("hex")],
  ["PBKDF2 with SHA-256, as Django", () => django("sha256")],
  ["PBKDF2 with SHA-1, as Django", () => django("sha1")],
  [
    "PBKDF2, as Werkzeug",
    () => {
      const hash = pbkdf2Sync(SECRET, "aSaltOfText", 1000, 64, "sha512").toString("hex");
      return `pbkdf2:sha512:1000$aSaltOfText$${hash}`;
    },
  ],
  [
    "scrypt, as Werkzeug",
    () => `scrypt:32768:8:1$aSaltOfText$${scrypt(32768, 1, "aSaltOfText", 64).toString("hex")}`,
  ],
  [
    "scrypt, as Django",
    () => `scrypt$16384$aSaltOfText$8$5$${scrypt(16384, 5, "aSaltOfText", 64).toString("base64")}`,
  ],
  [
    "scrypt, as Passlib",
    () => {
      const salt = randomBytes(16);
      return `$scrypt$ln=10,r=8,p=2$${unpadded(salt)}$${unpadded(scrypt(1024, 2, salt, 32))}`;
    },
  ],
  [
    "scrypt, as Kratos",
    () => {
      const salt = randomBytes(32);
      const hash = scrypt(16384, 1, salt, 32).toString("base64");
      return `$scrypt$ln=16384,r=8,p=1$${salt.toString("base64")}$${hash}`;
    },
  ],
  [
    "scrypt, as Spring since 5.8",
    () => springScrypt("{scrypt@SpringSecurity_v5_8}", "100801", 65536, 16),
  ],
  ["scrypt, as Spring before 5.8", () => springScrypt("{scrypt}", "e0801", 16384, 64)],
  ["argon2, as Django", async () => `argon2${await argon2()}`],
  ["bcrypt, as Django", () => `bcrypt$${bcrypt.hashSync(SECRET, 4)}`],
  [
    "bcrypt over a SHA-256, as Django",
    () => `bcrypt_sha256$${bcrypt.hashSync(digest("sha256").toString("hex"), 4)}`,
  ],
  ["bcrypt, as Spring", () => `{bcrypt}${bcrypt.hashSync(SECRET, 4)}`],
  [
    "PBKDF2, as Spring since 5.8",
    () => springPbkdf2("{pbkdf2@SpringSecurity_v5_8}", 16, 310_000, "sha256"),
  ],
  ["PBKDF2, as Spring before 5.8", () => springPbkdf2("{pbkdf2}", 8, 185_000, "sha1")],
  ["argon2, as Spring", async () => `{argon2}${await argon2()}`],
  ["argon2, as Spring since 5.8", async () => `{argon2@SpringSecurity_v5_8}${await argon2()}`],
  ["salted SHA-256, as Spring's standard encoder", springSha256],
  [
    "salted SHA-256, as Spring's digest encoder",
    () => `{SHA-256}{c2FsdA==}${digest("sha256", `${SECRET}{c2FsdA==}`).toString("hex")}`,
  ],
  ["PBKDF2 with SHA-256, as ASP.NET Identity", () => aspNetIdentity(1, "sha256")],
  ["PBKDF2 with SHA-512, as ASP.NET Identity", () => aspNetIdentity(2, "sha512")],
  [
    "PBKDF2, as Hydra",
    () => {
      const salt = randomBytes(16);
      const hash = pbkdf2Sync(SECRET, salt, 25_000, 32, "sha256");
      return `$pbkdf2-sha256$i=25000,l=32$${unpadded(salt)}$${unpadded(hash)}`;
    },
  ],
];

describe("a client that is imported with the hash of another system", () => {
  let server: TestServer;
  let number = 0;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const imported = async (secretHash: string) => {
    const clientId = `hash-${++number}`;
    await importClient(server.operator, { clientId, secretHash, scopes: ["read:users"] });
    return clientId;
  };
  const refusal = (secretHash: string) =>
    server.operator.failure(IMPORT_CLIENT, { input: { clientId: `hash-${++number}`, secretHash } });

  test.each(FORMS)("gets tokens with its own secret alone: %s", async (_what, hash) => {
    const clientId = await imported(await hash());
    for (const clientSecret of [`${SECRET}x`, SECRET.slice(1), await hash()]) {
      const wrong = await tokenFailure(server.anonymous, { clientId, clientSecret });
      expect(wrong.extensions.code).toBe("INVALID_CLIENT");
    }
    for (let use = 0; use < 2; use++) {
      await issueToken(server.anonymous, { clientId, clientSecret: SECRET });
    }
  });

  test("has no fast digest in the database: bcrypt is computed over it at once", async () => {
    for (const [what, hash] of FORMS) {
      const clientId = await imported(await hash());
      const { hash: stored } = await server.services.unitOfWork.read.findOneByOrFail(ClientSecret, {
        clientId,
      });
      expect([what, stored]).toEqual([
        what,
        expect.stringMatching(/\$2[ab]\$|^\$(?:argon2|pbkdf2-|scrypt\$)/),
      ]);
      for (const algorithm of ["sha256", "sha512"]) {
        for (const encoding of ["hex", "base64url"] as const) {
          expect(stored).not.toContain(digest(algorithm).toString(encoding));
        }
      }
    }
  });

  test.each([
    "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
    "$scrypt$ln=8,r=8,p=1$WKs1xljLudd6z9kbY0wpJQ$yCR4iDZYDKv+iEJj6yHY0lv/epnfB6f/w1EbXrsJOuQ",
  ])("gets tokens with the secret of Passlib's documentation: %s", async (hash) => {
    await issueToken(server.anonymous, {
      clientId: await imported(hash),
      clientSecret: "password",
    });
  });

  test("accepts Django's argon2 with its own cost", async () => {
    const hash = `$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHRzYWx0$${"A".repeat(43)}`;
    await imported(hash);
    await imported(`argon2${hash}`);
  });

  const hex = (length: number) => "a".repeat(length);
  test.each([
    ["Django's PBKDF2 of too many iterations", `pbkdf2_sha256$3000001$salt$${"A".repeat(43)}=`],
    ["Django's PBKDF2 of 999 iterations", `pbkdf2_sha256$999$salt$${"A".repeat(43)}=`],
    ["Spring's bcrypt of cost 14", `{bcrypt}$2a$14$${"a".repeat(53)}`],
    ["Django's bcrypt of cost 14", `bcrypt_sha256$$2b$14$${"a".repeat(53)}`],
    ["Spring's argon2 of 9 lanes", `{argon2}$argon2id$v=19$m=128,t=1,p=9$${hex(22)}$${hex(22)}`],
    ["scrypt of 256 MiB", `$scrypt$ln=18,r=8,p=1$c2FsdA$${hex(43)}`],
    ["scrypt of too many passes", `scrypt:65536:8:5$salt$${hex(128)}`],
    ["scrypt that is too fast", `scrypt:128:8:1$salt$${hex(128)}`],
    ["scrypt of blocks that no cache holds", `scrypt:1024:65:1$salt$${hex(128)}`],
    ["scrypt of 65 parallel computations", `scrypt$1024$salt$8$65$${hex(86)}==`],
    ["ASP.NET Identity's of 1 iteration", `AQAAAAEAAAABAAAAEA${"A".repeat(66)}`],
  ])("is refused for what the hash costs: %s", async (_what, hash) => {
    expect((await refusal(hash)).message).toMatch(/cost is out of bounds/);
  });

  test.each([
    ["{noop}hunter2-is-my-secret", "clear text: give what follows the prefix as clientSecret"],
    ["$plaintext$hunter2-is-my-secret", "clear text"],
    [`{scrypt}$e0801$hunter2$${hex(20)}`, "begins with {scrypt}"],
    ["{MD5}hunter2-is-my-secret", "begins with {MD5}"],
    ["$6$hunter2$is-my-secret", "begins with $6$"],
    ["scrypt$16384$hunter2$8$5$abc", "begins with scrypt$"],
    ["{pbkdf2@SpringSecurity_v5_8}hunter2", "begins with {pbkdf2@SpringSecurity_v5_8}"],
    ["{bcrypt}hunter2-is-my-secret", "begins with {bcrypt}"],
    ["pbkdf2_sha512$1000$hunter2$abc", "begins with pbkdf2_sha512$"],
    [`hunter2$${hex(64)}`, "or a SHA-256 or SHA-512 of the secret in hexadecimal or base64"],
    [`{hunter2}${hex(64)}`, "or a SHA-256 or SHA-512 of the secret in hexadecimal or base64"],
  ])("is refused with what is understood and the prefix that was seen: %s", async (hash, words) => {
    const { message, extensions } = await refusal(hash);
    expect(message).toContain(words);
    expect(message).not.toContain("hunter2");
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "secretHash"] });
  });

  test.each([
    ["the SHA-256 without its last character", hex(63)],
    ["a SHA-1", hex(40)],
    ["base64 without padding, which may be a secret", digest("sha256").toString("base64url")],
    ["ASP.NET Identity's of an unknown digest", `AQAAAAMAACcQAAAAEA${"A".repeat(66)}`],
    [
      "ASP.NET Identity's with a salt that is longer than all",
      `AQAAAAEAACcQAAAP//${"A".repeat(66)}`,
    ],
    ["scrypt whose N is no power of 2", `scrypt:32769:8:1$salt$${hex(128)}`],
    ["scrypt whose N is too great for its r", `scrypt:65536:1:1$salt$${hex(128)}`],
    ["scrypt without blocks", `scrypt:32768:0:1$salt$${hex(128)}`],
    ["scrypt without parallelization", `$scrypt$ln=15,r=8,p=0$c2FsdA$${hex(43)}`],
    ["scrypt of an infinite N", `{scrypt}$ff0801$c2FsdA$${hex(43)}`],
    ["Spring's PBKDF2 of another length", `{pbkdf2@SpringSecurity_v5_8}${hex(94)}`],
    ["a prefix within a prefix", `{bcrypt}{bcrypt}$2a$10$${hex(53)}`],
  ])("is refused for its form: %s", async (_what, hash) => {
    expect((await refusal(hash)).message).toMatch(/^Must be a bcrypt/);
  });
});
