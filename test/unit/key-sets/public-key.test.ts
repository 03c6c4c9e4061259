import { createPublicKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { JWK } from "jose";
import {
  PublicKeyError,
  parseJwk,
  parsePem,
  toVerificationKey,
} from "../../../src/key-sets/public-key.js";
import { CertificateFactory } from "../../support/certificates.js";
import {
  base64urlOf,
  ed25519Jwk,
  integerOf,
  NON_CANONICAL_POINTS,
  oddNumber,
  rocaModulus,
  rsaJwk,
  SMALL_ORDER_POINTS,
} from "../../support/weak-keys.js";

const rsa = rsaJwk(2048, 65_537n);
const ec = (namedCurve: string) =>
  generateKeyPairSync("ec", { namedCurve }).publicKey.export({ format: "jwk" });
const ed25519 = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
const GOOD: [string, JsonWebKey][] = [
  ["RSA", rsa],
  ["RSA with e = 3", rsaJwk(2048, 3n)],
  ["RSA with an exponent of 64 bits", rsaJwk(2048, 2n ** 64n - 1n)],
  ["P-256", ec("P-256")],
  ["P-384", ec("P-384")],
  ["P-521", ec("P-521")],
  ["Ed25519", ed25519],
];
/** A modulus of this length without small factors. It need not be a product of two primes. */
function modulusOf(bits: number): bigint {
  for (;;) {
    const candidate = oddNumber(bits);
    const factors = Array.from({ length: 375 }, (_, index) => BigInt(2 * index + 3));
    if (factors.every((factor) => candidate % factor !== 0n)) return candidate;
  }
}
const withModulus = (n: bigint) => ({ ...rsa, n: base64urlOf(n) });

describe("a public key of others", () => {
  test.each(GOOD)("may be %s, as JWK and as PEM", (_what, jwk) => {
    const parsed = parseJwk(jwk as JWK);
    expect(parsed.jwk).toEqual(jwk);
    const key = createPublicKey({ key: jwk, format: "jwk" });
    expect(parsePem(key.export({ type: "spki", format: "pem" }).toString())).toEqual(parsed);
    expect(toVerificationKey(jwk).key.equals(key)).toBe(true);
  });

  test.each<[string, JsonWebKey]>([
    ["e = 1", { ...rsa, e: base64urlOf(1n) }],
    ["e = 0", { ...rsa, e: base64urlOf(0n) }],
    ["e = 2", { ...rsa, e: base64urlOf(2n) }],
    ["an even exponent", { ...rsa, e: base64urlOf(65_536n) }],
    ["an exponent of 65 bits", { ...rsa, e: base64urlOf(2n ** 64n + 1n) }],
    ["an exponent of 3064 bits", rsaJwk(3072, oddNumber(3064))],
    ["1024 bits", rsaJwk(1024, 65_537n)],
    ["2047 bits", withModulus(modulusOf(2047))],
    ["8193 bits", withModulus(modulusOf(8193))],
    ["16,384 bits", withModulus(modulusOf(16_384))],
    ["an even modulus", withModulus(integerOf(rsa.n) - 1n)],
    ["a modulus that is divisible by 3", withModulus(modulusOf(2047) * 3n)],
    ["a modulus that is divisible by 751", withModulus(modulusOf(2040) * 751n)],
    ["a modulus with ROCA's fingerprint", withModulus(rocaModulus())],
  ])("must not be RSA with %s", (_what, jwk) => {
    expect(() => parseJwk(jwk as JWK)).toThrow(PublicKeyError);
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const pem = key.export({ type: "spki", format: "pem" }).toString();
    expect(() => parsePem(pem)).toThrow(/^An RSA key must/);
    expect(() => toVerificationKey(jwk)).toThrow(/^An RSA key must/);
  });

  test.each([2048, 4096, 8192])("may have a modulus of %i bits", (bits) => {
    expect(parseJwk(withModulus(modulusOf(bits)) as JWK).algorithms).toContain("PS256");
  });

  test.each(SMALL_ORDER_POINTS)("must not be the point of small order %s", (hex) => {
    expect(() => parseJwk(ed25519Jwk(hex) as JWK)).toThrow(/^An Ed25519 key must/);
  });

  test.each(NON_CANONICAL_POINTS)("must not be the point %s, which is not canonical", (hex) => {
    expect(() => parseJwk(ed25519Jwk(hex) as JWK)).toThrow(/^An Ed25519 key must/);
  });

  test.each(["P-256", "P-384", "P-521"])("must be a point on the curve %s", (curve) => {
    const jwk = ec(curve);
    const zero = Buffer.alloc(Buffer.from(jwk.x ?? "", "base64url").length).toString("base64url");
    for (const bad of [
      { ...jwk, y: jwk.x },
      { ...jwk, x: zero, y: zero },
      { ...jwk, x: ec(curve).x },
    ]) {
      expect(() => parseJwk(bad as JWK)).toThrow(PublicKeyError);
    }
    expect(() => parseJwk({ ...jwk, crv: "P-192" } as JWK)).toThrow(PublicKeyError);
    expect(() => parseJwk({ ...jwk, crv: "secp256k1" } as JWK)).toThrow(PublicKeyError);
  });

  test.each(["use", "alg", "key_ops"])("may have null for an absent %s", (member) => {
    expect(parseJwk({ ...rsa, [member]: null } as unknown as JWK)).toEqual(parseJwk(rsa as JWK));
  });

  describe("as PEM", () => {
    const pem = createPublicKey({ key: rsa, format: "jwk" })
      .export({ type: "spki", format: "pem" })
      .toString();
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const privatePem = (type: "pkcs8" | "sec1") =>
      privateKey.export({ type, format: "pem" }).toString();
    const certificate = () => {
      const folder = mkdtempSync(path.join(tmpdir(), "countersign-pem-"));
      try {
        const { certificateFile } = new CertificateFactory(folder).authority("issuer.example");
        return readFileSync(certificateFile, "utf8");
      } finally {
        rmSync(folder, { recursive: true });
      }
    };

    test("may be a certificate", () => {
      const text = certificate();
      expect(parsePem(text)).toEqual(
        parseJwk(createPublicKey(text).export({ format: "jwk" }) as JWK),
      );
    });

    test("may have lines before it, and line breaks of Windows", () => {
      expect(parsePem(`Bag Attributes\n${pem}`)).toEqual(parsePem(pem));
      expect(parsePem(pem.replaceAll("\n", "\r\n"))).toEqual(parsePem(pem));
    });

    test.each<[string, () => string, RegExp]>([
      ["a private key", () => privatePem("pkcs8"), /not a private key: openssl pkey .*-pubout/],
      ["a private key of SEC 1", () => privatePem("sec1"), /not a private key/],
      [
        "a private key beside the certificate",
        () => certificate() + privatePem("pkcs8"),
        /not a private key/,
      ],
      [
        "a private key whose line breaks are letters",
        () => privatePem("pkcs8").replaceAll("\n", "\\n"),
        /not a private key/,
      ],
      [
        "a private JWK",
        () => JSON.stringify(privateKey.export({ format: "jwk" }), null, 2),
        /not a private key/,
      ],
      ["a JWK", () => JSON.stringify(rsa), /looks like a JWK: give it as jwk/],
      ["a JWK Set", () => JSON.stringify({ keys: [rsa] }), /looks like a JWK/],
      [
        "an OpenSSH key",
        () => "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@host",
        /ssh-keygen -e -m PKCS8/,
      ],
      ["two keys", () => pem + pem, /a single PEM block: give each key by itself/],
      ["a chain of certificates", () => certificate() + certificate(), /of a chain .* the first/],
      ["a PEM whose line breaks are letters", () => pem.replaceAll("\n", "\\n"), /\\n in letters/],
      ["a PEM in one line", () => pem.replaceAll("\n", " "), /the line breaks of its file/],
      [
        "base64 alone",
        () => pem.split("\n").slice(1, -2).join("\n"),
        /begins with -----BEGIN PUBLIC/,
      ],
      ["nothing", () => "", /begins with -----BEGIN PUBLIC/],
      ["a cut PEM", () => pem.slice(0, 200), /^Must be a single public key as PEM$/],
    ])("says that it is %s, and repeats nothing of it", (_what, text, problem) => {
      const key = text();
      const refusal = (() => {
        try {
          return parsePem(key);
        } catch (error) {
          return error;
        }
      })() as PublicKeyError;
      expect(refusal).toBeInstanceOf(PublicKeyError);
      expect(refusal.message).toMatch(problem);
      const lines = key.split(/\n|\\n/).filter((line) => line.length > 30);
      for (const line of lines) expect(refusal.message).not.toContain(line);
    });
  });

  test.each<[string, object, RegExp]>([
    ["a private key", { ...rsa, d: "AQAB" }, /not a private or symmetric key/],
    ["a symmetric key", { kty: "oct", k: "AAAA" }, /not a private or symmetric key/],
    ["a JWK Set", { keys: [rsa] }, /a single JWK, not a JWK Set/],
    ["a certificate alone", { kty: "RSA", x5c: ["AAAA"] }, /not x5c alone/],
    ["for encryption", { ...rsa, use: "enc" }, /verifies signatures/],
    ["for SPIFFE's certificates", { ...rsa, use: "x509-svid" }, /verifies signatures/],
    ["for an algorithm in lower case", { ...rsa, alg: "rs256" }, /RS256, not rs256/],
    ["for an algorithm of other keys", { ...rsa, alg: "ES256" }, /match its key type/],
    ["too short", rsaJwk(1024, 65_537n), /^An RSA key must have 2048 to 8192 bits$/],
    ["without a type", {}, /^Must be an RSA, P-256/],
  ])("says that a JWK is %s", (_what, jwk, problem) => {
    expect(() => parseJwk(jwk as JWK)).toThrow(PublicKeyError);
    expect(() => parseJwk(jwk as JWK)).toThrow(problem);
  });

  test("has one normal form, however its numbers are padded and whatever stands beside them", () => {
    const extra = fc.dictionary(fc.constantFrom("kid", "x5c", "x5t", "ext", "nbf"), fc.jsonValue());
    fc.assert(
      fc.property(fc.constantFrom(...GOOD), extra, fc.nat(3), ([, jwk], others, zeros) => {
        const padded = Buffer.concat([
          Buffer.alloc(jwk.kty === "RSA" ? zeros : 0),
          Buffer.from(jwk.n ?? "", "base64url"),
        ]);
        const spelled = { ...others, ...jwk, ...(jwk.n && { n: padded.toString("base64url") }) };
        const parsed = parseJwk(spelled as JWK);
        expect(parsed).toEqual(parseJwk(jwk as JWK));
        expect(parseJwk(parsed.jwk)).toEqual(parsed);
      }),
    );
  });

  test("is refused as such, whatever JSON stands in its place", () => {
    const member = fc.oneof(
      fc.jsonValue(),
      fc.string(),
      fc.constantFrom("RSA", "EC", "OKP", "oct", "P-256", "Ed25519", "sig", "RS256", rsa.n, "AQAB"),
    );
    const names = ["kty", "crv", "n", "e", "x", "y", "use", "alg", "key_ops", "d", "kid"];
    const shape = Object.fromEntries(names.map((name) => [name, member]));
    fc.assert(
      fc.property(
        fc.record(shape, { requiredKeys: [] }),
        fc.option(fc.constantFrom(...GOOD), { nil: undefined }),
        (changes, good) => {
          try {
            const parsed = parseJwk({ ...good?.[1], ...changes } as JWK);
            expect(parseJwk(parsed.jwk).jwk).toEqual(parsed.jwk);
          } catch (error) {
            expect(error).toBeInstanceOf(PublicKeyError);
          }
        },
      ),
    );
  });

  test("is refused as such, whatever text stands in the place of a PEM", () => {
    const pem = createPublicKey({ key: rsa, format: "jwk" })
      .export({ type: "spki", format: "pem" })
      .toString();
    const text = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(pem.length), fc.string()).map(([at, text]) => {
        return pem.slice(0, at) + text + pem.slice(at + text.length);
      }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        try {
          parsePem(candidate);
        } catch (error) {
          expect(error).toBeInstanceOf(PublicKeyError);
        }
      }),
    );
  });
});
