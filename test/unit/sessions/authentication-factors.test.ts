import { describe, expect, test } from "@jest/globals";
import { withFactor } from "../../../src/sessions/authentication-factors.js";
import type { AuthenticationFactor } from "../../../src/sessions/session.entity.js";

function factor(tokenId: string, more: Partial<AuthenticationFactor> = {}): AuthenticationFactor {
  return {
    type: "trusted_auth_token",
    deliveryMethod: "trusted_token_exchange",
    tokenId,
    profileId: "profile",
    onlyInOrganizationId: null,
    lastAuthenticatedAt: "2026-03-01T12:00:00.000Z",
    ...more,
  };
}

describe("withFactor", () => {
  test("adds another token's and another profile's, and renews the same", () => {
    const renewed = factor("a", { lastAuthenticatedAt: "2026-03-02T12:00:00.000Z" });
    const other = factor("a", { profileId: "other" });
    const factors = [factor("a"), other, factor("b")];
    expect(withFactor(factors, renewed)).toEqual([other, factor("b"), renewed]);
  });

  test("keeps the latest ten", () => {
    const names = [..."abcdefghijkl"];
    const factors = names.reduce<AuthenticationFactor[]>(
      (sofar, name) => withFactor(sofar, factor(name)),
      [],
    );
    expect(factors.map(({ tokenId }) => tokenId)).toEqual(names.slice(2));
  });
});
