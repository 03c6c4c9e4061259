import { describe, expect, test } from "@jest/globals";
import { mapClaims } from "../../../src/trusted-auth/attribute-mapping.js";

const MAPPING = { email: "email", tokenId: "jti" };
const CLAIMS = { email: "ada@example.com", jti: "one" };

describe("mapClaims", () => {
  test("reads mapped claims only", () => {
    const claims = { ...CLAIMS, organization_id: "o", name: "Ada", external_member_id: "e" };
    expect(mapClaims(MAPPING, claims)).toEqual({
      tokenId: "one",
      email: "ada@example.com",
      organizationId: null,
      externalMemberId: null,
      name: null,
      roles: null,
    });
  });

  test("reads nested claims by dots, but prefers a claim with the whole name", () => {
    const mapping = {
      ...MAPPING,
      organizationId: "https://app.example.com/org.id",
      name: "a.b.c",
    };
    const claims = {
      ...CLAIMS,
      "https://app.example.com/org.id": "org-1",
      a: { b: { c: "Ada" } },
    };
    expect(mapClaims(mapping, claims)).toMatchObject({ organizationId: "org-1", name: "Ada" });
  });

  test.each(["toString", "constructor.name", "__proto__.x", "email.length", "list.0.x"])(
    "reads no inherited property at %s",
    (path) => {
      const claims = { ...CLAIMS, list: ["x"] };
      expect(mapClaims({ ...MAPPING, organizationId: path }, claims).organizationId).toBeNull();
    },
  );

  test.each([
    ["missing", undefined, "CLAIM_MISSING"],
    ["null", null, "CLAIM_MISSING"],
    ["empty", "", "CLAIM_MISSING"],
    ["a number", 1, "MALFORMED"],
    ["a list", ["ada@example.com"], "MALFORMED"],
    ["too long", "x".repeat(256), "MALFORMED"],
    ["a lone surrogate", "\ud800", "MALFORMED"],
    ["with a NUL", "a\u0000b", "MALFORMED"],
  ])("refuses a token id that is %s", (_, jti, reason) => {
    expect(() => mapClaims(MAPPING, { ...CLAIMS, jti })).toThrow(
      expect.objectContaining({
        code: "INVALID_TRUSTED_AUTH_TOKEN",
        details: { reason, claim: "jti" },
      }),
    );
  });

  test.each(["has space", "a@b", `member_${"a".repeat(22)}`, "x".repeat(129)])(
    "refuses %j as an external member id",
    (sub) => {
      const mapping = { ...MAPPING, externalMemberId: "sub" };
      expect(() => mapClaims(mapping, { ...CLAIMS, sub })).toThrow(
        expect.objectContaining({ details: { reason: "MALFORMED", claim: "sub" } }),
      );
    },
  );

  test("requires a mapped external member id", () => {
    const mapping = { ...MAPPING, externalMemberId: "sub" };
    expect(() => mapClaims(mapping, CLAIMS)).toThrow(
      expect.objectContaining({ details: { reason: "CLAIM_MISSING", claim: "sub" } }),
    );
  });

  test.each([false, "false"])("refuses an email address whose email_verified is %j", (verified) => {
    expect(() => mapClaims(MAPPING, { ...CLAIMS, email_verified: verified })).toThrow(
      expect.objectContaining({ details: { reason: "CONDITION", claim: "email_verified" } }),
    );
    expect(mapClaims(MAPPING, { ...CLAIMS, email_verified: true }).email).toBe("ada@example.com");
  });

  test.each([5, "two\nlines", "x".repeat(129), ""])("omits the name %j", (name) => {
    expect(mapClaims({ ...MAPPING, name: "name" }, { ...CLAIMS, name }).name).toBeNull();
  });

  describe("roles", () => {
    const rolesOf = (roles: unknown) =>
      mapClaims({ ...MAPPING, roles: "r" }, { ...CLAIMS, r: roles });

    test.each<[unknown, string[]]>([
      [
        ["admin", "billing:read", "admin"],
        ["admin", "billing:read"],
      ],
      ["admin", ["admin"]],
      [[], []],
      [undefined, []],
      [null, []],
    ])("are read from %j as %j", (claim, roles) => {
      expect(rolesOf(claim).roles).toEqual(roles);
    });

    test.each([
      [5],
      [{ admin: true }],
      [["admin", 5]],
      [["has space"]],
      [""],
      [[["admin"]]],
      [["x".repeat(129)]],
      [Array.from({ length: 51 }, (_, number) => `role-${number}`)],
    ])("are refused: %j", (claim) => {
      expect(() => rolesOf(claim)).toThrow(
        expect.objectContaining({ details: { reason: "MALFORMED", claim: "r" } }),
      );
    });
  });
});
