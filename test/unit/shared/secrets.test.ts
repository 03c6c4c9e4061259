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
  test.each(PREFIXES)("of the kind %s has 43 random characters and a checksum", (prefix) => {
    const secrets = Array.from({ length: 200 }, () => generateSecret(prefix));
    for (const secret of secrets) {
      expect(secret).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{49}$`));
      expect(isGeneratedSecret(prefix, secret)).toBe(true);
    }
    expect(new Set(secrets).size).toBe(200);
  });

  test("is no secret of another kind", () => {
    const secret = generateSecret("csk");
    expect(isGeneratedSecret("cmk", secret)).toBe(false);
    expect(isGeneratedSecret("cmk", secret.replace("csk", "cmk"))).toBe(false);
  });

  test("tells any single character that is changed", () => {
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

  test("tells two neighbours that have changed places", () => {
    for (let round = 0; round < 20; round++) {
      const secret = generateSecret("csk");
      for (let at = 4; at < secret.length - 1; at++) {
        const [one = "", two = ""] = [secret[at], secret[at + 1]];
        if (one === two) continue;
        const swapped = secret.slice(0, at) + two + one + secret.slice(at + 2);
        expect(isGeneratedSecret("csk", swapped)).toBe(false);
      }
    }
  });

  test("tells what is cut, grown or something else", () => {
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

  test("is stored as a hash that shows nothing of it", () => {
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
  test("says what it belongs to, and is never the same", () => {
    const ids = Array.from({ length: 500 }, () => newId("client"));
    for (const id of ids) expect(id).toMatch(/^client_[0-9A-Za-z]{22}$/);
    expect(new Set(ids).size).toBe(500);
  });
});
