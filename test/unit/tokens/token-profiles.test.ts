import { describe, expect, test } from "@jest/globals";
import { ACCESS_TOKEN_RESERVED_CLAIMS } from "../../../src/projects/reserved-claims.js";
import { ACCESS_TOKEN_CLAIMS, tokenProfiles } from "../../../src/tokens/profiles/registry.js";

describe.each(Object.entries(tokenProfiles))("the token profile %s", (_name, profile) => {
  test("lists every claim that it sets", () => {
    const claims = profile.claims({
      issuer: "https://auth.example.test/projects/p",
      audience: "https://api.example.test",
      clientId: "client_1",
      scopes: ["read:users"],
      issuedAt: 1,
      expiresAt: 2,
      jti: "jti",
      permissionsClaim: true,
    });
    expect(Object.keys(claims).sort()).toEqual([...profile.claimNames].sort());
  });
});

test("claims templates cannot set a claim of an access token, but permissions where the API sets none", () => {
  expect(
    [...ACCESS_TOKEN_CLAIMS].filter((name) => !ACCESS_TOKEN_RESERVED_CLAIMS.has(name)),
  ).toEqual(["permissions"]);
});
