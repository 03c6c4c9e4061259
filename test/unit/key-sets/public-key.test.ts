import { createPublicKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { JWK } from "jose";
import {
  PublicKeyError,
  parseJwk,
  parsePem,
  toVerificationKey,
} from "../../../src/key-sets/public-key.js";
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
