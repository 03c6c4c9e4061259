import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { GraphqlClient } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest, attestFailure, createProfile, testProfile } from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer, signText, validClaims } from "./foreign-issuer.js";

describe("a token whose profile maps no token id", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let profileId: string;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock, "ES256");
    profileId = await createProfile(operator, {
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: { email: "email" },
      canJitProvision: true,
      singleUseTokenId: true,
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const tokenIdOf = async (token: string) => {
    const { session } = await attest(operator, { profileId, token });
    return session.authenticationFactors[0]?.["tokenId"];
  };
  const replayOf = async (token: string) => {
    const failure = await attestFailure(operator, { profileId, token });
    const { checks } = await testProfile(operator, { profileId, token });
    const replay = checks.find(({ check }) => check === "REPLAY");
    return { reason: failure["reason"], claim: failure["claim"], message: replay?.message };
  };

  test("has its `jti` as id", async () => {
    const token = await issuer.token({ jti: "one" });
    expect(await tokenIdOf(token)).toBe("one");
    const later = await issuer.token({ jti: "one", nonce: "other" });
    expect(await replayOf(later)).toMatchObject({ reason: "REPLAYED", claim: "jti" });
  });

  test("has another id for numbers that differ beyond 2^53", async () => {
    const claims = JSON.stringify(validClaims(server.clock, { nonce: "exact" }));
    const ids = [];
    for (const number of ["9007199254740993", "9007199254740992"]) {
      const text = claims.replace(/}$/, `,"number":${number}}`);
      ids.push(await tokenIdOf(await signText(issuer, text)));
    }
    expect(new Set(ids).size).toBe(2);
  });

  test.each([undefined, "", 7, ["one"]])(
    "has another id for other claims, and the same for the same, if `jti` is %j",
    async (jti) => {
      const claims = { jti, nonce: crypto.randomUUID() };
      const ids = [
        await tokenIdOf(await issuer.token(claims)),
        await tokenIdOf(await issuer.token({ ...claims, auth_time: 1 })),
      ];
      for (const id of ids) expect(id).toMatch(/^[\w-]{43}$/);
      expect(new Set(ids).size).toBe(2);
      // Every ECDSA signature of the same claims is another one.
      expect(await replayOf(await issuer.token(claims))).toEqual({
        reason: "REPLAYED",
        claim: undefined,
        message:
          "The token has already been used: it has no id, and the same claims were seen before",
      });
    },
  );
});
