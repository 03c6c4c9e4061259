import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BASE62, newId } from "../../../src/shared/ids.js";
import {
  generateSecret,
  hashSecret,
  isGeneratedSecret,
  isSameHash,
  lastFour,
} from "../../../src/shared/secrets.js";
import { runs } from "../../support/property-runs.js";

const PREFIXES = ["csk", "cmk", "cst"] as const;

describe("a generated secret", () => {
  test.each(PREFIXES)("with the prefix %s has 43 random characters and a checksum", (prefix) => {
    const secrets = Array.from({ length: 200 }, () => generateSecret(prefix));
    for (const secret of secrets) {
      expect(secret).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{49}$`));
      expect(isGeneratedSecret(prefix, secret)).toBe(true);
    }
    expect(new Set(secrets).size).toBe(200);
  });

  test("is not valid with another prefix", () => {
    const secret = generateSecret("csk");
    expect(isGeneratedSecret("cmk", secret)).toBe(false);
    expect(isGeneratedSecret("cmk", secret.replace("csk", "cmk"))).toBe(false);
  });

  test("is invalid after a change of any character", () => {
    const secret = generateSecret("csk");
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: secret.length - 1 }),
        fc.constantFrom(...BASE62),
        (at, character) => {
          fc.pre(secret[at] !== character);
          const typo = secret.slice(0, at) + character + secret.slice(at + 1);
          expect(isGeneratedSecret("csk", typo)).toBe(false);
        },
      ),
      { numRuns: runs(2_000) },
    );
  });

  test("is invalid after a swap of adjacent characters", () => {
    for (let round = 0; round < 20; round++) {
      const secret = generateSecret("csk");
      for (let at = 4; at < secret.length - 1; at++) {
        const [first = "", second = ""] = [secret[at], secret[at + 1]];
        if (first === second) continue;
        const swapped = secret.slice(0, at) + second + first + secret.slice(at + 2);
        expect(isGeneratedSecret("csk", swapped)).toBe(false);
      }
    }
  });

  test("is invalid if truncated, extended or replaced", () => {
    const secret = generateSecret("csk");
    for (const other of [
      "",
      "csk_",
      secret.slice(0, -1),
      `${secret}0`,
      ` ${secret}`,
      `${secret}\n`,
    ]) {
      expect(isGeneratedSecret("csk", other)).toBe(false);
    }
    fc.assert(fc.property(fc.string(), (text) => !isGeneratedSecret("csk", `csk_${text}`)));
  });

  test("is stored as a hash", () => {
    const secret = generateSecret("csk");
    const hash = hashSecret(secret);
    expect(hash).toMatch(/^sha256\$[\w-]{43}$/);
    expect(isSameHash(hash, hashSecret(secret))).toBe(true);
    expect(isSameHash(hash, hashSecret(`${secret}x`))).toBe(false);
    expect(isSameHash(hash, "")).toBe(false);
    expect(lastFour(secret)).toBe(secret.slice(-4));
  });
});

describe("an id", () => {
  test("has a type prefix and is unique", () => {
    const ids = Array.from({ length: 500 }, () => newId("client"));
    for (const id of ids) expect(id).toMatch(/^client_[0-9A-Za-z]{22}$/);
    expect(new Set(ids).size).toBe(500);
  });
});
