import { describe, expect, test } from "@jest/globals";
import { withFactor } from "../../../src/sessions/authentication-factors.js";
import type { AuthenticationFactor } from "../../../src/sessions/session.entity.js";

function factor(
  tokenId: string,
  changes: Partial<AuthenticationFactor> = {},
): AuthenticationFactor {
  return {
    type: "trusted_auth_token",
    deliveryMethod: "trusted_token_exchange",
    tokenId,
    profileId: "profile",
    onlyInOrganizationId: null,
    lastAuthenticatedAt: "2026-03-01T12:00:00.000Z",
    ...changes,
  };
}

describe("withFactor", () => {
  test("adds a factor of another token or profile, and renews the same one", () => {
    const renewed = factor("a", { lastAuthenticatedAt: "2026-03-02T12:00:00.000Z" });
    const other = factor("a", { profileId: "other" });
    const factors = [factor("a"), other, factor("b")];
    expect(withFactor(factors, renewed)).toEqual([other, factor("b"), renewed]);
  });

  test("keeps the latest ten", () => {
    const names = [..."abcdefghijkl"];
    const factors = names.reduce<AuthenticationFactor[]>(
      (previous, name) => withFactor(previous, factor(name)),
      [],
    );
    expect(factors.map(({ tokenId }) => tokenId)).toEqual(names.slice(2));
  });
});
