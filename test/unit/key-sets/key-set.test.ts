import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { KeySet, NoMatchingKey } from "../../../src/key-sets/key-set.js";
import { KeySetUnavailable } from "../../../src/key-sets/key-set-unavailable.js";
import { toVerificationKey } from "../../../src/key-sets/public-key.js";
import { ED25519_IDENTITY, ed25519Jwk, oddNumber, rsaJwk } from "../../support/weak-keys.js";

const ed25519 = () => generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
const p256 = () =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
const encryption = (): JsonWebKey => ({ ...p256(), use: "enc", alg: "ECDH-ES" });

describe("a key set", () => {
  const [one, two, three] = [ed25519(), ed25519(), p256()];
  const exported = (set: KeySet, alg: string, kid?: string) =>
    set.candidates({ alg, kid }).map((key) => key.export({ format: "jwk" }));

  test("finds the keys of an algorithm, and of a kid", () => {
    const set = new KeySet([
      { ...one, kid: "one" },
      { ...two, kid: "two" },
      { ...three, kid: "three" },
    ]);
    expect(exported(set, "EdDSA")).toEqual([one, two]);
    expect(exported(set, "Ed25519", "two")).toEqual([two]);
    expect(exported(set, "ES256", "three")).toEqual([three]);
    expect(exported(set, "ES256", "two")).toEqual([]);
    expect(exported(set, "ES256", "four")).toEqual([]);
  });

  test("ignores keys that are not acceptable", () => {
    const set = new KeySet([
      encryption(),
      rsaJwk(3072, oddNumber(3064)),
      ed25519Jwk(ED25519_IDENTITY),
      { kty: "AKP", alg: "ML-DSA-44", pub: "AAAA" },
      { ...one, d: "AAAA" },
      {},
      [],
      two,
    ]);
    expect(exported(set, "EdDSA")).toEqual([two]);
    expect(exported(set, "RS256")).toEqual([]);
    expect(set.explainNoCandidates({ alg: "RS256" })).toBeInstanceOf(NoMatchingKey);
  });

  test.each<[string, object[]]>([
    ["no key", []],
    ["no key that is acceptable", [encryption(), ed25519Jwk(ED25519_IDENTITY)]],
  ])("is unavailable if it has %s", (_what, keys) => {
    const set = new KeySet(keys);
    expect(exported(set, "EdDSA")).toEqual([]);
    expect(set.explainNoCandidates({ alg: "EdDSA" })).toBeInstanceOf(KeySetUnavailable);
  });

  test("says why the key of a kid is not acceptable", () => {
    const set = new KeySet([one, { ...ed25519Jwk(ED25519_IDENTITY), kid: "weak" }]);
    expect(set.explainNoCandidates({ alg: "EdDSA", kid: "other" })).toBeInstanceOf(NoMatchingKey);
    expect(set.explainNoCandidates({ alg: "EdDSA", kid: "weak" })).toMatchObject({
      name: "KeySetUnavailable",
      message: expect.stringContaining("An Ed25519 key must be a canonical point"),
    });
  });

  test("has its first thousand keys read, and five of them tried without kid", () => {
    const keys = Array.from({ length: 1002 }, (_, index) => ({ ...one, kid: `${index}` }));
    const set = new KeySet(keys);
    expect(exported(set, "EdDSA", "999")).toHaveLength(1);
    expect(exported(set, "EdDSA", "1000")).toEqual([]);
    expect(exported(set, "EdDSA")).toHaveLength(5);
  });

  test("has five good keys tried without kid, whatever stands before them", () => {
    const weak = Array.from({ length: 15 }, () => rsaJwk(2048, 1n));
    const good = Array.from({ length: 6 }, () => rsaJwk(2048, 65_537n));
    expect(exported(new KeySet([...weak, ...good]), "RS256")).toEqual(good.slice(0, 5));
    expect(new KeySet([...weak, ...good]).explainNoCandidates({ alg: "ES256" }).message).toBe(
      "The key set has no key for the token's algorithm",
    );
  });

  test("has at most twenty weak keys parsed for a token", () => {
    const weak = Array.from({ length: 20 }, () => rsaJwk(2048, 1n));
    const set = new KeySet([...weak, rsaJwk(2048, 65_537n)]);
    expect(exported(set, "RS256")).toEqual([]);
    expect(set.explainNoCandidates({ alg: "RS256" })).toBeInstanceOf(KeySetUnavailable);
  });

  test.each<[string, object, string | null]>([
    ["without alg, kid and use", {}, "one"],
    ["for signatures", { use: "sig" }, "one"],
    ["for SPIFFE's JWT-SVIDs", { use: "jwt-svid" }, "one"],
    ["for SPIFFE's certificates", { use: "x509-svid" }, null],
    ["for encryption", { use: "enc" }, null],
    ["with the operation verify", { key_ops: ["verify"] }, "one"],
    ["with the operations sign and verify", { key_ops: ["sign", "verify"] }, "one"],
    ["with the operation encrypt alone", { key_ops: ["encrypt"] }, null],
    ["with another name of its algorithm", { alg: "Ed25519" }, "one"],
    ["with the older name of its algorithm", { alg: "EdDSA" }, "one"],
    ["with its algorithm in lower case", { alg: "eddsa" }, null],
    ["with an algorithm of other keys", { alg: "RS256" }, null],
    ["with a certificate beside it", { x5c: ["AAAA"], x5t: "AAAA" }, "one"],
    ["with a certificate in its place", { x: undefined, x5c: ["AAAA"] }, null],
    ["of an unknown type", { kty: "AKP" }, null],
    ["of an unknown curve", { crv: "Ed448" }, null],
  ])("takes or ignores a key %s", (_what, changes, expected) => {
    const set = new KeySet([{ ...one, ...changes }]);
    for (const alg of ["EdDSA", "Ed25519"]) {
      expect(exported(set, alg)).toEqual(expected ? [one] : []);
    }
    const reason = set.explainNoCandidates({ alg: "EdDSA" }).message;
    if (!expected) expect(reason).toMatch(/^The key set has no usable key: [A-Z].{20}/);
  });

  test("may have one kid for keys of several algorithms", () => {
    const rsa = rsaJwk(2048, 65_537n);
    const set = new KeySet([
      { ...rsa, kid: "one", alg: "RS256" },
      { ...rsa, kid: "one", alg: "PS256" },
      { ...three, kid: "one", alg: "ES256" },
    ]);
    for (const [alg, key] of [
      ["RS256", rsa],
      ["PS256", rsa],
      ["ES256", three],
    ] as const) {
      expect(exported(set, alg, "one")).toEqual([key]);
    }
    expect(set.explainNoCandidates({ alg: "RS512", kid: "one" })).toMatchObject({
      parameter: "alg",
      message: "The key set has a key with the token's kid, but none for the token's algorithm",
    });
  });

  test.each<[string, object[], { alg: string; kid?: string }, string, RegExp]>([
    ["no key", [], { alg: "RS256" }, "KeySetUnavailable", /^The key set has no key: .*HS256/],
    [
      "no usable key",
      [rsaJwk(1024, 65_537n)],
      { alg: "RS256" },
      "KeySetUnavailable",
      /no usable key: An RSA key must have 2048 to 8192 bits$/,
    ],
    [
      "a weak key for the kid",
      [{ ...rsaJwk(1024, 65_537n), kid: "weak" }, one],
      { alg: "RS256", kid: "weak" },
      "KeySetUnavailable",
      /kid is not usable: An RSA key must have 2048 to 8192 bits$/,
    ],
    [
      "a weak key for the algorithm",
      [rsaJwk(1024, 65_537n), one],
      { alg: "RS256" },
      "NoMatchingKey",
      /no key for the token's algorithm that is usable: An RSA key must have/,
    ],
    [
      "one key without the kid",
      [one],
      { alg: "EdDSA", kid: "marker" },
      "NoMatchingKey",
      /^The key set has one key, which does not have the token's kid$/,
    ],
    [
      "keys without the kid",
      [one, two, { ...three, kid: "marker-two" }],
      { alg: "EdDSA", kid: "marker" },
      "NoMatchingKey",
      /^The key set has 3 keys, none with the token's kid$/,
    ],
    ["no key for the algorithm", [one], { alg: "ES256" }, "NoMatchingKey", /token's algorithm$/],
  ])("says that it has %s", (_what, keys, header, name, message) => {
    const set = new KeySet(keys);
    expect(set.candidates(header)).toEqual([]);
    const reason = set.explainNoCandidates(header);
    expect(reason).toMatchObject({ name, message: expect.stringMatching(message) });
    expect(reason.message).not.toContain("marker");
  });

  test("has only the keys parsed that a token may be signed with", () => {
    const long = generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey.export({
      format: "jwk",
    });
    const keys = Array.from({ length: 100 }, (_, index) => ({ ...long, kid: `${index}` }));
    const cpu = (task: () => unknown) => {
      const rounds = Array.from({ length: 5 }, () => {
        const before = process.cpuUsage();
        task();
        return process.cpuUsage(before).user;
      });
      return Math.min(...rounds);
    };
    const all = cpu(() => keys.map(toVerificationKey));
    const used = cpu(() => {
      const set = new KeySet(keys);
      expect(set.candidates({ alg: "ES512", kid: "99" })).toHaveLength(1);
      expect(set.candidates({ alg: "ES512", kid: "100" })).toHaveLength(0);
      expect(set.candidates({ alg: "RS256" })).toHaveLength(0);
      set.explainNoCandidates({ alg: "ES512", kid: "100" });
      expect(set.candidates({ alg: "ES512" })).toHaveLength(5);
    });
    expect(used).toBeLessThan(all / 4);
  });

  test("has each key parsed once", () => {
    const set = new KeySet([{ ...one, kid: "one" }]);
    const [key] = set.candidates({ alg: "EdDSA" });
    expect(set.candidates({ alg: "Ed25519", kid: "one" })[0]).toBe(key);
  });

  test("is unavailable to a kid whose five keys are not acceptable, and usable to others", () => {
    const weak = Array.from({ length: 5 }, () => ({
      ...ed25519Jwk(ED25519_IDENTITY),
      kid: "weak",
    }));
    const set = new KeySet([one, ...weak]);
    expect(exported(set, "EdDSA", "weak")).toEqual([]);
    const reasonFor = (kid: string) => set.explainNoCandidates({ alg: "EdDSA", kid });
    expect(reasonFor("weak")).toBeInstanceOf(KeySetUnavailable);
    expect(reasonFor("unknown")).toBeInstanceOf(NoMatchingKey);
  });

  test("takes any list of objects", () => {
    const key = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.array(fc.jsonValue()),
      fc.dictionary(fc.constantFrom("kty", "crv", "x", "y", "n", "e"), fc.jsonValue()),
    );
    fc.assert(
      fc.property(fc.array(key), (keys) => {
        expect(exported(new KeySet([...keys, one]), "EdDSA")).toEqual([one]);
      }),
    );
  });
});
