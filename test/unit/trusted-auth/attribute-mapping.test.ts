import { describe, expect, test } from "@jest/globals";
import { mapClaims } from "../../../src/trusted-auth/attribute-mapping.js";

const MAPPING = { email: "email", token_id: "jti" };
const CLAIMS = { email: "ada@example.com", jti: "one" };

describe("mapClaims", () => {
  test("reads what is mapped, and nothing else", () => {
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

  test("follows dots into nested claims, but takes a claim of the whole name first", () => {
    const mapping = {
      ...MAPPING,
      organization_id: "https://app.example.com/org.id",
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
    "finds nothing at %s",
    (path) => {
      const claims = { ...CLAIMS, list: ["x"] };
      expect(mapClaims({ ...MAPPING, organization_id: path }, claims).organizationId).toBeNull();
    },
  );

  test.each([
    ["missing", undefined, "CLAIM_MISSING"],
    ["null", null, "CLAIM_MISSING"],
    ["empty", "", "CLAIM_MISSING"],
    ["a number", 1, "MALFORMED"],
    ["a list", ["ada@example.com"], "MALFORMED"],
    ["too long", "x".repeat(256), "MALFORMED"],
    ["half a surrogate pair", "\ud800", "MALFORMED"],
    ["with NUL", "a\u0000b", "MALFORMED"],
  ])("refuses a token id that is %s", (_, jti, reason) => {
    expect(() => mapClaims(MAPPING, { ...CLAIMS, jti })).toThrow(
      expect.objectContaining({ code: "INVALID_TRUSTED_AUTH_TOKEN", details: { reason } }),
    );
  });

  test.each(["has space", "a@b", `member_${"a".repeat(22)}`, "x".repeat(129)])(
    "refuses %j as an external member id",
    (sub) => {
      const mapping = { ...MAPPING, external_member_id: "sub" };
      expect(() => mapClaims(mapping, { ...CLAIMS, sub })).toThrow(
        expect.objectContaining({ details: { reason: "MALFORMED" } }),
      );
    },
  );

  test("never does without an external member id that is mapped", () => {
    const mapping = { ...MAPPING, external_member_id: "sub" };
    expect(() => mapClaims(mapping, CLAIMS)).toThrow(
      expect.objectContaining({ details: { reason: "CLAIM_MISSING" } }),
    );
  });

  test.each([false, "false"])("takes no address whose email_verified is %j", (verified) => {
    expect(() => mapClaims(MAPPING, { ...CLAIMS, email_verified: verified })).toThrow(
      expect.objectContaining({ details: { reason: "CONDITION" } }),
    );
    expect(mapClaims(MAPPING, { ...CLAIMS, email_verified: true }).email).toBe("ada@example.com");
  });

  test.each([5, "two\nlines", "x".repeat(129), ""])("leaves out %j as a name", (name) => {
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
    ])("%j are %j", (given, roles) => {
      expect(rolesOf(given).roles).toEqual(roles);
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
    ])("%j are refused", (given) => {
      expect(() => rolesOf(given)).toThrow(
        expect.objectContaining({ details: { reason: "MALFORMED" } }),
      );
    });
  });
});
