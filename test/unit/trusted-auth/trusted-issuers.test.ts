import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ClaimOperator } from "../../../src/trusted-auth/claim-conditions.js";
import { checkIssuer } from "../../../src/trusted-auth/registered-claims.js";
import {
  acceptedIssuers,
  alternativeIssuersRule,
  fillIssuerTemplate,
  issuerRule,
  keepsTenantsApart,
  parseIssuerTemplate,
  possibleIssuers,
  shareIssuer,
} from "../../../src/trusted-auth/trusted-issuers.js";

const ENTRA = "https://login.microsoftonline.com/{tid}/v2.0";
const TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const condition = (claim: string, operator: ClaimOperator = "IN") => ({
  claim,
  operator,
  values: [TENANT],
});
const tenantSettings = (changes: object = {}) => ({
  claimConditions: [],
  attributeMapping: {},
  clientId: null,
  ...changes,
});

describe("an issuer", () => {
  test.each([
    "https://issuer.example.com",
    "https://accounts.example.com/a b/ü?x=1",
    "accounts.google.com",
    "kubernetes/serviceaccount",
    ENTRA,
    "https://sts.windows.net/{tid}/",
    "https://login.example.com/{tenant.id}",
    "http://localhost:8080/realms/{realm_name}",
    "https://a.example.com/1/2/3/4/5/6/7/{tid}",
    "spiffe://example.org",
    "spiffe://prod_1.example-2.org",
  ])("may be %s", (issuer) => {
    expect(issuerRule.safeParse(issuer).error).toBeUndefined();
  });

  test.each([
    "https://{tid}.example.com",
    "https://{tid}",
    "https://a.example.com/x{tid}",
    "https://a.example.com/{tid}x/",
    "https://a.example.com/{tid}/{other}",
    "https://a.example.com/{}",
    "https://a.example.com/{a..b}",
    "https://a.example.com/{a/b}",
    "https://a.example.com/{{tid}}",
    "https://a.example.com/{tid",
    "https://a.example.com/tid}",
    "https://a.example.com/{tid}?x=1",
    "https://a.example.com/x?y=/{tid}",
    "https://a.example.com/x#/{tid}",
    "https:///{tid}",
    "{tid}",
    "urn:x/{tid}",
    "https://a.example.com/1/2/3/4/5/6/7/8/{tid}",
    "spiffe://",
    "spiffe://Example.org",
    "spiffe://example.org/",
    "spiffe://example.org/billing",
    "spiffe://example.org:8443",
    "spiffe:example.org",
    "spiffe://{td}",
  ])("is never %s", (issuer) => {
    expect(issuerRule.safeParse(issuer).success).toBe(false);
  });

  test("has up to 10 alternatives, none of which is a template", () => {
    const many = Array.from({ length: 10 }, (_, number) => `https://${number}.example.com`);
    expect(alternativeIssuersRule.safeParse(many).success).toBe(true);
    for (const refused of [[...many, "one more"], ["a", "a"], [ENTRA], ["{"], [""], ["a\nb"]]) {
      expect(alternativeIssuersRule.safeParse(refused).success).toBe(false);
    }
  });
});

describe("a template of issuers", () => {
  const template = parseIssuerTemplate(ENTRA);
  if (!template) throw new Error("It is one");

  test("gives the issuer of a tenant", () => {
    const issuer = `https://login.microsoftonline.com/${TENANT}/v2.0`;
    expect(fillIssuerTemplate(template, { tid: TENANT })).toBe(issuer);
    const nested = parseIssuerTemplate("https://a.example.com/{org.id}/");
    expect(nested && fillIssuerTemplate(nested, { org: { id: "x.y" } })).toBe(
      "https://a.example.com/x.y/",
    );
  });

  test.each<[unknown]>([
    [undefined],
    [null],
    [""],
    [" "],
    ["."],
    [".."],
    ["a..b"],
    [".a"],
    ["a."],
    ["a/b"],
    ["a%2fb"],
    ["a\\b"],
    ["a?b"],
    ["a#b"],
    ["a@b"],
    ["a:b"],
    ["a b"],
    ["a\n"],
    ["{tid}"],
    ["ａ"],
    ["a\u0301"],
    ["a\u200b"],
    ["\ud800"],
    ["x".repeat(129)],
    [1],
    [true],
    [["a"]],
    [{ toString: "a" }],
  ])("takes no claim with the value %j", (tid) => {
    expect(fillIssuerTemplate(template, { tid } as never)).toBeNull();
  });

  test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "reads no inherited property: %s",
    (claim) => {
      const odd = parseIssuerTemplate(`https://a.example.com/{${claim}}`);
      expect(odd && fillIssuerTemplate(odd, {})).toBeNull();
    },
  );

  test("keeps the tenants apart by a list of them, or by the organization that the claim selects", () => {
    const mapping = { attributeMapping: { organizationId: "tid" } };
    for (const settings of [
      { claimConditions: [condition("tid", "EQUALS")] },
      { claimConditions: [condition("sub"), condition("tid", "IN")] },
      { claimConditions: [condition("tid")], clientId: "client" },
      mapping,
    ]) {
      expect(keepsTenantsApart(tenantSettings(settings), "tid")).toBe(true);
    }
    for (const settings of [
      {},
      { claimConditions: [condition("sub")] },
      { claimConditions: [condition("tid", "STARTS_WITH")] },
      { claimConditions: [condition("tid", "ENDS_WITH")] },
      { claimConditions: [condition("tid", "CONTAINS")] },
      { attributeMapping: { organizationId: "org" } },
      { attributeMapping: { externalMemberId: "tid" } },
      { ...mapping, clientId: "client" },
    ]) {
      expect(keepsTenantsApart(tenantSettings(settings), "tid")).toBe(false);
    }
  });

  /** Text that resembles an issuer of the template, or a way out of it. */
  const hostileText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(
        fc.constantFrom(
          "/",
          "..",
          ".",
          "%2f",
          "%2e",
          "\\",
          "?",
          "#",
          "@",
          ":",
          "{}",
          "{tid}",
          "a",
          TENANT,
          "v2.0",
          "/v2.0",
          "evil.example.com",
          "\u2215",
          "\u3002",
          "\u0000",
          "",
        ),
        { maxLength: 6 },
      )
      .map((parts) => parts.join("")),
  );
  const hostileValue = fc.oneof(
    hostileText,
    fc.constant(TENANT),
    fc.integer(),
    fc.constant(null),
    fc.array(hostileText, { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("__proto__", "toString", "tid"), hostileText),
  );
  const settings = {
    issuer: ENTRA,
    alternativeIssuers: [],
    ...tenantSettings({ claimConditions: [condition("tid")] }),
  };
  const isAccepted = (claims: Record<string, unknown>) => {
    try {
      checkIssuer(settings, claims);
      return true;
    } catch {
      return false;
    }
  };
  const ofTemplate = /^https:\/\/login\.microsoftonline\.com\/([A-Za-z0-9._-]+)\/v2\.0$/;

  test("accepts no issuer outside of it, whatever the claims are", () => {
    const iss = `https://login.microsoftonline.com/${TENANT}/v2.0`;
    expect(isAccepted({ iss, tid: TENANT })).toBe(true);
    fc.assert(
      fc.property(hostileValue, fc.oneof(hostileValue, fc.constant("filled")), (tid, other) => {
        const text = typeof tid === "string" ? tid : JSON.stringify(tid);
        const filled = `https://login.microsoftonline.com/${text}/v2.0`;
        const iss = other === "filled" ? filled : other;
        if (!isAccepted({ iss, tid })) return;
        const [, segment = ""] = ofTemplate.exec(String(iss)) ?? [];
        expect(segment).toBe(tid);
        expect(new URL(String(iss)).href).toBe(iss);
        expect(segment.split(".")).not.toContain("");
      }),
    );
  });

  test("is found by every issuer that it accepts", () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}(\.[A-Za-z0-9_-]{1,20})?$/);
    const path = fc.array(fc.constantFrom("a", "v2.0", "x y", ""), { maxLength: 3 });
    fc.assert(
      fc.property(segment, path, path, (tid, before, after) => {
        const issuerWith = (text: string) =>
          ["https://a.example.com", ...before, text, ...after].join("/");
        const [accepted = ""] = acceptedIssuers({
          issuer: issuerWith("{tid}"),
          alternativeIssuers: [],
        });
        expect(possibleIssuers({ iss: issuerWith(tid) })).toContain(accepted);
      }),
    );
  });
});

describe("the issuers that a token may be looked up by", () => {
  test("are its own and one template for each segment", () => {
    expect(possibleIssuers({ iss: "https://a.example.com/x/y z/" })).toEqual([
      "https://a.example.com/x/y z/",
      "https://a.example.com/{}/y z/",
    ]);
    expect(possibleIssuers({ iss: "urn:x/y" })).toEqual(["urn:x/y"]);
  });

  test("are few, however long the token's issuer is", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", ""), { maxLength: 40 }), (segments) => {
        const iss = `https://${segments.join("/")}`;
        expect(possibleIssuers({ iss }).length).toBeLessThanOrEqual(9);
      }),
    );
  });

  test("are the trust domain of its subject if it names no issuer", () => {
    const sub = "spiffe://example.org/billing";
    expect(possibleIssuers({ sub })).toEqual(["spiffe://example.org"]);
    expect(possibleIssuers({ sub, iss: "https://a.example.com" })).toEqual([
      "https://a.example.com",
    ]);
    expect(possibleIssuers({ sub, iss: null })).toEqual([]);
    expect(possibleIssuers({ sub: "billing" })).toEqual([]);
  });
});

describe("two profiles", () => {
  const accepting = (issuer: string, ...alternativeIssuers: string[]) => ({
    issuer,
    alternativeIssuers,
  });
  const ONE = "https://one.example.com";
  const TWO = "https://two.example.com";

  test.each([
    [accepting(ONE), accepting(ONE), true],
    [accepting(ONE), accepting(TWO, ONE), true],
    [accepting(ONE, "a"), accepting(TWO, "a"), true],
    [accepting(ENTRA), accepting(ENTRA.replace("tid", "tenant")), true],
    [accepting(ONE), accepting(TWO), false],
    [accepting(ONE), accepting(`${ONE}/`), false],
    [accepting(ENTRA), accepting(ENTRA.replace("{tid}", TENANT)), false],
  ])("share an issuer if one accepts exactly what the other does: %j %j", (one, other, shared) => {
    expect(shareIssuer(one, other)).toBe(shared);
    expect(shareIssuer(other, one)).toBe(shared);
  });
});
