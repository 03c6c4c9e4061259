import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fillFromPreset } from "../../../src/trusted-auth/presets/fill-from-preset.js";
import {
  PROFILE_PRESETS,
  type ProfileProvider,
} from "../../../src/trusted-auth/presets/profile-presets.js";
import "../../support/properties.js";

const PROVIDERS = Object.keys(PROFILE_PRESETS) as ProfileProvider[];

const hostile = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.webUrl(),
  fc.domain(),
  fc
    .tuple(fc.domain(), fc.constantFrom("/", "?", "#", "@", ":", "\\", "%2f", ".", "\n", "{tid}"))
    .map(([name, mark]) => `${name}${mark}evil.example`),
);

describe("whatever the parameters of a preset are", () => {
  test("they are refused with a path, or the issuer is the provider's form with them in it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PROVIDERS),
        fc.constantFrom("domain", "tenantId", "projectId"),
        hostile,
        (provider, parameter, value) => {
          const preset = { provider, domain: "login.example.com", tenantId: "main" };
          const isUsed = (name: string) => name in PROFILE_PRESETS[provider].parameters;
          const parameters = Object.fromEntries(
            Object.entries({ ...preset, [parameter]: value }).filter(
              ([name]) => name === "provider" || name === parameter || isUsed(name),
            ),
          );
          try {
            const { issuer } = fillFromPreset({
              audience: "a",
              clientId: null,
              preset: parameters as never,
            });
            expect(issuer).toMatch(/^https:\/\/[a-z0-9.-]+(?::\d+)?(?:\/[\w.~{}-]+)*\/?$/);
            expect(new URL(issuer ?? "").hostname).not.toBe("evil.example");
          } catch (error) {
            expect(error).toMatchObject({ code: "BAD_USER_INPUT" });
            expect((error as { details: { path: string[] } }).details.path[0]).toBe("input");
          }
        },
      ),
    );
  });
});

describe("every preset", () => {
  test.each(PROVIDERS)("%s says what to give, and keeps what it needs in sentences", (provider) => {
    const { title, description, needs } = PROFILE_PRESETS[provider];
    expect(title).toMatch(/^[A-Z]/);
    expect(description).toMatch(/\.$/);
    for (const { path, what } of Object.values(needs)) {
      expect(what).toMatch(/^`/);
      expect(what).not.toMatch(/\.$/);
      expect(path.length).toBeGreaterThan(0);
    }
  });

  test.each(PROVIDERS)("%s maps no claim that several tokens share as token id", (provider) => {
    const settings = PROFILE_PRESETS[provider].settings(
      { domain: "login.example.com", tenantId: "main", projectId: "project" },
      { isForClient: false, audience: "a" },
    );
    expect(["jti", undefined]).toContain(settings.attributeMapping.tokenId);
  });
});
