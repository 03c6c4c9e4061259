import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isTrustDomain, trustDomainOf } from "../../../src/trusted-auth/spiffe-id.js";

describe("trustDomainOf", () => {
  test.each([
    "spiffe://example.org/billing",
    "spiffe://example.org/ns/payments/sa/worker",
    "spiffe://example.org/Billing_1.2-x",
    "spiffe://example.org/...",
  ])("is the trust domain of %s", (id) => {
    expect(trustDomainOf(id)).toBe("spiffe://example.org");
  });

  test.each<[unknown]>([
    ["spiffe://example.org"],
    ["spiffe://example.org/"],
    ["spiffe://example.org/billing/"],
    ["spiffe://example.org//billing"],
    ["spiffe://example.org/./billing"],
    ["spiffe://example.org/billing/.."],
    ["spiffe://example.org/a%2fb"],
    ["spiffe://example.org/a?b"],
    ["spiffe://example.org/a#b"],
    ["spiffe://example.org/bílling"],
    ["spiffe://user@example.org/billing"],
    ["spiffe://example.org:8443/billing"],
    ["spiffe://Example.org/billing"],
    ["SPIFFE://example.org/billing"],
    ["https://example.org/billing"],
    [" spiffe://example.org/billing"],
    ["spiffe://example.org/billing\n"],
    [`spiffe://example.org/${"x".repeat(2048)}`],
    [`spiffe://${"x".repeat(256)}/billing`],
    [undefined],
    [null],
    [5],
    [["spiffe://example.org/billing"]],
  ])("finds none in %j", (value) => {
    expect(trustDomainOf(value)).toBeNull();
  });

  test("finds a trust domain that the text has as its whole authority", () => {
    const part = fc.constantFrom(
      "spiffe://",
      "example.org",
      "evil.org",
      "/",
      "@",
      ":",
      ".",
      "a",
      "%",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join("");
        const trustDomain = trustDomainOf(text);
        if (trustDomain === null) return;
        expect(isTrustDomain(trustDomain)).toBe(true);
        expect(text.startsWith(`${trustDomain}/`)).toBe(true);
        expect(new URL(text).host).toBe(trustDomain.slice("spiffe://".length));
      }),
    );
  });
});
