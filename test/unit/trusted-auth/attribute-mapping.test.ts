import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { updateMemberRules } from "../../../src/organizations/organization-rules.js";
import {
  type AttributeMapping,
  isMemberMapping,
  type MemberMapping,
  mapClaims as mapPayload,
} from "../../../src/trusted-auth/attribute-mapping.js";
import type { LeftOut } from "../../../src/trusted-auth/left-out.js";

const mapClaims = (mapping: MemberMapping, claims: object) =>
  mapPayload(mapping, claims, JSON.stringify(claims));

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
      leftOut: [],
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
    ["a fraction", 1.5, "MALFORMED"],
    ["a list of two", ["one", "two"], "MALFORMED"],
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

  test.each<unknown>([
    "space at the end ",
    "two\nlines",
    "a\u0085b",
    "user\u200b",
    "us\u202eer",
    "user\u3164",
    "user\ufe0f",
    "user\u{e0061}",
    "user\u00ad",
    "\ud800",
    `member_${"a".repeat(22)}`,
    "x".repeat(256),
    2 ** 53,
    1.5,
    true,
    ["x", "y"],
    { x: true },
  ])("refuses %j as an external member id", (sub) => {
    const mapping = { ...MAPPING, externalMemberId: "sub" };
    expect(() => mapClaims(mapping, { ...CLAIMS, sub })).toThrow(
      expect.objectContaining({ details: { reason: "MALFORMED", claim: "sub" } }),
    );
  });

  test.each<[unknown, string]>([
    [
      "f:44d42131-2236-4897-9146-1c782cf44d92:peter",
      "f:44d42131-2236-4897-9146-1c782cf44d92:peter",
    ],
    ["samlp|acme-saml|ada@example.com", "samlp|acme-saml|ada@example.com"],
    ["nmAfbk+fhWbLD/v9vJZ1Cg==", "nmAfbk+fhWbLD/v9vJZ1Cg=="],
    ["system:serviceaccount:prod:billing", "system:serviceaccount:prod:billing"],
    ["CN=Ada Lovelace,OU=x~1", "CN=Ada Lovelace,OU=x~1"],
    ["żółw", "żółw"],
    ["x".repeat(255), "x".repeat(255)],
    [1_234_567, "1234567"],
    [0, "0"],
  ])("reads the external member id %j", (sub, id) => {
    const mapping = { ...MAPPING, externalMemberId: "sub", organizationId: "sub" };
    const identity = mapClaims(mapping, { ...CLAIMS, sub });
    expect(identity).toMatchObject({ externalMemberId: id, organizationId: id });
  });

  test.each<[string, unknown, string]>([
    ["its id", { acme: { id: "org-1", plan: ["pro"] } }, "org-1"],
    ["its alias, if it has no id", { acme: {} }, "acme"],
    ["its alias, if its id is empty", { acme: { id: "" } }, "acme"],
    ["its id in a list of one", [{ acme: { id: 42 } }], "42"],
  ])("reads an organization that is an object with one key, as Keycloak's: %s", (_, org, id) => {
    const mapping = { ...MAPPING, organizationId: "org" };
    expect(mapClaims(mapping, { ...CLAIMS, org }).organizationId).toBe(id);
  });

  test.each<unknown>([
    { acme: { id: "1" }, other: { id: "2" } },
    { acme: { id: ["1", "2"] } },
    { "": {} },
    {},
    2 ** 53,
    true,
    ["x", "y"],
    [],
    { x: 1 },
    "x".repeat(256),
    "a\u0000b",
  ])("refuses a token whose organization is %j, rather than choosing another one", (org) => {
    const mapping = { ...MAPPING, organizationId: "org" };
    expect(() => mapClaims(mapping, { ...CLAIMS, org })).toThrow(
      expect.objectContaining({ details: { reason: "MALFORMED", claim: "org" } }),
    );
  });

  test.each(["email", "externalMemberId", "organizationId", "name", "tokenId"] as const)(
    "reads a list of one as its value: %s",
    (attribute) => {
      const mapping = { ...MAPPING, [attribute]: "list" };
      const identity = mapClaims(mapping, { ...CLAIMS, list: ["ada@example.com"] });
      expect(identity).toMatchObject({ [attribute]: "ada@example.com", leftOut: [] });
    },
  );

  test("reads a token id that is a number as its digits", () => {
    expect(mapClaims(MAPPING, { ...CLAIMS, jti: 42 }).tokenId).toBe("42");
  });

  test.each<[object, string, string]>([
    [
      { email: undefined },
      "CLAIM_MISSING",
      "The token lacks the claim `email`, mapped to email, or it is empty",
    ],
    [
      { email: "not one" },
      "MALFORMED",
      "The claim `email`, mapped to email, must be an email address",
    ],
    [
      { "user.id": " 1" },
      "MALFORMED",
      "The claim `user.id`, mapped to externalMemberId, must be printable, on one line, without invisible characters, and without white space at its beginning and end",
    ],
    [
      { jti: null },
      "CLAIM_MISSING",
      "The token lacks the claim `jti`, mapped to tokenId, or it is empty",
    ],
    [
      { email_verified: "no" },
      "CONDITION",
      "The claim `email_verified` does not say that the email address is verified",
    ],
  ])(
    "refuses %j as %s in words that name the attribute, the claim and no value",
    (claims, reason, explanation) => {
      const mapping = "user.id" in claims ? { ...MAPPING, externalMemberId: "user.id" } : MAPPING;
      expect(() => mapClaims(mapping, { ...CLAIMS, ...claims })).toThrow(
        expect.objectContaining({ explanation, details: expect.objectContaining({ reason }) }),
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
    ["user.email", "user.verified_email", { user: { email: "a@b.co", verified_email: false } }],
    ["user.email", "user.verified", { user: { email: "a@b.co", verified: "False" } }],
    ["email", "verified", { email: "a@b.co", verified: null }],
    ["email", "xms_edov", { email: "a@b.co", xms_edov: false }],
    ["email", "xms_edov", { email: "a@b.co", xms_edov: 0 }],
    ["email", "xms_edov", { email: "a@b.co", xms_edov: "0" }],
  ])("refuses the address at %s if %s is not true", (email, claim, claims) => {
    const withId = { jti: "one", ...claims };
    expect(() => mapClaims({ ...MAPPING, email }, withId)).toThrow(
      expect.objectContaining({ details: { reason: "CONDITION", claim } }),
    );
    const verified = JSON.parse(
      JSON.stringify(withId).replace(/"False"|false|null|"no"|"0"|:0/, (found) =>
        found === ":0" ? ":true" : "true",
      ),
    );
    expect(mapClaims({ ...MAPPING, email }, verified).email).toBe("a@b.co");
  });

  test.each([true, 1, "1", "2026-03-01", ["example.com"]])(
    "accepts an address beside which `verified` is %j, which does not say no",
    (verified) => {
      expect(mapClaims(MAPPING, { ...CLAIMS, verified }).email).toBe("ada@example.com");
    },
  );

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

  describe("with an external member id", () => {
    const mapping = { ...MAPPING, externalMemberId: "sub" };

    test.each([undefined, null, ""])("accepts the address %j as none", (email) => {
      for (const email_verified of [undefined, false, "no"]) {
        const identity = mapClaims(mapping, { ...CLAIMS, sub: "1", email, email_verified });
        expect(identity).toMatchObject({ email: null, externalMemberId: "1", leftOut: [] });
      }
    });

    test.each<[unknown, string]>([
      ["not an address", "INVALID"],
      [`${"a".repeat(250)}@example.com`, "INVALID"],
      [5, "NOT_TEXT"],
      [["ada@example.com", "eve@example.com"], "NOT_TEXT"],
      [false, "NOT_TEXT"],
    ])("leaves out the address %j", (email, reason) => {
      expect(mapClaims(mapping, { ...CLAIMS, sub: "1", email })).toMatchObject({
        email: null,
        leftOut: [{ attribute: "email", claim: "email", reason, count: 1 }],
      });
    });

    test("needs no mapped address", () => {
      const { email: _, ...withoutEmail } = mapping;
      expect(isMemberMapping(withoutEmail)).toBe(true);
      const identity = mapClaims(withoutEmail, { ...CLAIMS, sub: "1", email_verified: false });
      expect(identity).toMatchObject({ email: null, externalMemberId: "1" });
    });

    test("still refuses an address that the issuer has not verified", () => {
      expect(() => mapClaims(mapping, { ...CLAIMS, sub: "1", email_verified: false })).toThrow(
        expect.objectContaining({ details: { reason: "CONDITION", claim: "email_verified" } }),
      );
    });
  });

  describe("with any claims", () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string(),
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom(...NOT_TRUE, true),
      fc.emailAddress(),
      fc.array(fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.integer()), {
        maxLength: 300,
      }),
    );

    test("takes or leaves what is optional, and takes only what updateMember would", () => {
      const mapping = {
        ...MAPPING,
        email: "user.email",
        externalMemberId: "sub",
        roles: "r",
        name: "n",
      };
      const optional = { user: fc.oneof(fc.record({ email: value }), value), r: value, n: value };
      const claims = fc.record(optional, { requiredKeys: [] });
      fc.assert(
        fc.property(claims, (hostile) => {
          const identity = mapClaims(mapping, { ...hostile, jti: "one", sub: "1" });
          const { email: emailAddress, name, externalMemberId: externalId, roles } = identity;
          const member = { memberId: "m", emailAddress, name, externalId, roles };
          expect(updateMemberRules.parse(member)).toEqual(member);
          for (const { claim, attribute, count } of identity.leftOut) {
            expect(claim).toBe((mapping as AttributeMapping)[attribute]);
            expect(count).toBeGreaterThan(0);
          }
        }),
      );
    });

    test("accepts no address that is not verified, and refuses nothing in another way", () => {
      const user = fc.record({ email: value, email_verified: value }, { requiredKeys: [] });
      const claims = fc.record(
        { user: fc.oneof(user, value), email_verified: value, jti: value, sub: value, org: value },
        { requiredKeys: [] },
      );
      const mapping = fc.record(
        {
          email: fc.constant("user.email"),
          externalMemberId: fc.constant("sub"),
          organizationId: fc.constant("org"),
        },
        { requiredKeys: [] },
      );
      fc.assert(
        fc.property(mapping, claims, (attributes, hostile) => {
          const whole = { ...attributes, tokenId: "jti" };
          fc.pre(isMemberMapping(whole));
          try {
            const { email, externalMemberId } = mapClaims(whole as MemberMapping, hostile);
            expect(email ?? externalMemberId).not.toBeNull();
            if (email === null) return;
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
  });

  test.each<[unknown, LeftOut["reason"]]>([
    [5, "NOT_TEXT"],
    [["Ada", "Eve"], "NOT_TEXT"],
    ["two\nlines", "INVALID"],
    ["x".repeat(129), "INVALID"],
  ])("leaves out the name %j", (name, reason) => {
    const identity = mapClaims({ ...MAPPING, name: "name" }, { ...CLAIMS, name });
    expect(identity.name).toBeNull();
    expect(identity.leftOut).toEqual([{ attribute: "name", claim: "name", reason, count: 1 }]);
  });

  test.each([undefined, null, ""])("reads the name %j as none", (name) => {
    const identity = mapClaims({ ...MAPPING, name: "name" }, { ...CLAIMS, name });
    expect(identity).toMatchObject({ name: null, leftOut: [] });
  });
});
