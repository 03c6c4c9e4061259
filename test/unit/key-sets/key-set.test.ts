import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { KeySet, KeySetUnavailable } from "../../../src/key-sets/key-set.js";
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
    expect(() => set.assertUsable({ alg: "RS256" })).not.toThrow();
  });

  test.each<[string, object[]]>([
    ["no key", []],
    ["no key that is acceptable", [encryption(), ed25519Jwk(ED25519_IDENTITY)]],
  ])("is unavailable if it has %s", (_what, keys) => {
    const set = new KeySet(keys);
    expect(exported(set, "EdDSA")).toEqual([]);
    expect(() => set.assertUsable({ alg: "EdDSA" })).toThrow(KeySetUnavailable);
  });

  test("says why the key of a kid is not acceptable", () => {
    const set = new KeySet([one, { ...ed25519Jwk(ED25519_IDENTITY), kid: "weak" }]);
    expect(() => set.assertUsable({ alg: "EdDSA", kid: "other" })).not.toThrow();
    expect(() => set.assertUsable({ alg: "EdDSA", kid: "weak" })).toThrow(
      expect.objectContaining({
        name: "KeySetUnavailable",
        cause: expect.objectContaining({ name: "PublicKeyError" }),
      }),
    );
  });

  test("has its first hundred keys read, and five of them tried without kid", () => {
    const keys = Array.from({ length: 102 }, (_, index) => ({ ...ed25519(), kid: `${index}` }));
    const set = new KeySet(keys);
    expect(exported(set, "EdDSA", "99")).toHaveLength(1);
    expect(exported(set, "EdDSA", "100")).toEqual([]);
    expect(exported(set, "EdDSA")).toHaveLength(5);
  });

  test("has only the keys parsed that a token may be signed with", () => {
    const long = generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey.export({
      format: "jwk",
    });
    const keys = Array.from({ length: 100 }, (_, index) => ({ ...long, kid: `${index}` }));
    const cpu = (task: () => unknown) => {
      const before = process.cpuUsage();
      for (let round = 0; round < 3; round++) task();
      return process.cpuUsage(before).user;
    };
    const all = cpu(() => keys.map(toVerificationKey));
    const used = cpu(() => {
      const set = new KeySet(keys);
      expect(set.candidates({ alg: "ES512", kid: "99" })).toHaveLength(1);
      expect(set.candidates({ alg: "ES512", kid: "100" })).toHaveLength(0);
      expect(set.candidates({ alg: "RS256" })).toHaveLength(0);
      set.assertUsable({ alg: "ES512", kid: "100" });
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
    expect(() => set.assertUsable({ alg: "EdDSA", kid: "weak" })).toThrow(KeySetUnavailable);
    expect(() => set.assertUsable({ alg: "EdDSA", kid: "unknown" })).not.toThrow();
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
