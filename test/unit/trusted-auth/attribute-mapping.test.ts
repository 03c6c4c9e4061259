import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
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

  const NOT_TRUE = [
    false,
    "false",
    "False",
    "FALSE",
    0,
    1,
    "0",
    "1",
    "no",
    "yes",
    "",
    null,
    [],
    {},
    [true],
    [false],
  ];

  test.each(NOT_TRUE)("refuses an email address whose email_verified is %j", (verified) => {
    expect(() => mapClaims(MAPPING, { ...CLAIMS, email_verified: verified })).toThrow(
      expect.objectContaining({ details: { reason: "CONDITION", claim: "email_verified" } }),
    );
  });

  test.each([true, "true", "True", "TRUE"])(
    "accepts an email address whose email_verified is %j",
    (verified) => {
      const claims = { ...CLAIMS, email_verified: verified };
      expect(mapClaims(MAPPING, claims).email).toBe("ada@example.com");
    },
  );

  test.each<[string, string, object]>([
    ["user.email", "user.email_verified", { user: { email: "a@b.co", email_verified: false } }],
    ["user.mail", "user.email_verified", { user: { mail: "a@b.co", email_verified: "no" } }],
    ["a.b.mail", "a.b.mail_verified", { "a.b": { mail: "a@b.co", mail_verified: 0 } }],
    ["x.y/email", "x.y/email_verified", { "x.y/email": "a@b.co", "x.y/email_verified": false }],
    ["user.email", "email_verified", { user: { email: "a@b.co" }, email_verified: false }],
  ])("refuses the address at %s if %s is not true", (email, claim, claims) => {
    const withId = { jti: "one", ...claims };
    expect(() => mapClaims({ ...MAPPING, email }, withId)).toThrow(
      expect.objectContaining({ details: { reason: "CONDITION", claim } }),
    );
    const verified = JSON.parse(
      JSON.stringify(withId).replace(/false|"no"|:0/, (found) =>
        found === ":0" ? ":true" : "true",
      ),
    );
    expect(mapClaims({ ...MAPPING, email }, verified).email).toBe("a@b.co");
  });

  test.each([
    "ada@example.com\u00a0",
    "\ufeffada@example.com",
    "ada@example.com\n",
    "ada@example.com\u2028",
    " ada@example.com",
    "ada@example.com ",
    "ada\u0000@example.com",
    "ada@ex\u0430mple.com",
    "\u212aada@example.com",
    "ada@example",
    "ada@example.123",
    "ada@-example.com",
    "ada@example-.com",
    "ada..b@example.com",
    ".ada@example.com",
    "ada.@example.com",
    '"ada"@example.com',
    "ada@b@example.com",
    "ada@[127.0.0.1]",
    "ada@example.com,eve@example.com",
    "Ada <ada@example.com>",
    `${"a".repeat(250)}@b.co`,
  ])("refuses %j, which is not an email address", (email) => {
    expect(() => mapClaims(MAPPING, { ...CLAIMS, email })).toThrow(
      expect.objectContaining({ details: { reason: "MALFORMED", claim: "email" } }),
    );
  });

  test.each([
    "first&last@example.com",
    "ada=x@example.com",
    "joe!x@example.com",
    "a/b@example.com",
    "ada_contoso.com#EXT#@example.com",
    "ada~1@example.com",
    "x{1}@example.com",
    "o'neil+tag@example.co.uk",
    "ada@example.xn--p1ai",
    "ada@xn--bcher-kva.example",
  ])("accepts %j (RFC 5321 section 4.1.2)", (email) => {
    expect(mapClaims(MAPPING, { ...CLAIMS, email }).email).toBe(email);
  });

  test("accepts or refuses any claims", () => {
    const mapping = {
      ...MAPPING,
      email: "user.email",
      externalMemberId: "sub",
      roles: "r",
      name: "n",
    };
    const value = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom(...NOT_TRUE, true));
    const user = fc.record({ email: value, email_verified: value }, { requiredKeys: [] });
    const claims = fc.record(
      {
        user: fc.oneof(user, value),
        email_verified: value,
        jti: value,
        sub: value,
        r: value,
        n: value,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(claims, (hostile) => {
        try {
          const { email } = mapClaims(mapping, hostile);
          expect(hostile).toMatchObject({ user: { email } });
          const { user: { email_verified: nested = true } = {}, email_verified: top = true } =
            hostile as { user?: { email_verified?: unknown }; email_verified?: unknown };
          expect(`${nested} ${top}`.toLowerCase()).toBe("true true");
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID_TRUSTED_AUTH_TOKEN" });
        }
      }),
    );
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
