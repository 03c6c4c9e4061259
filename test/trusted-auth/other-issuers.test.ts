import { createPublicKey, type JsonWebKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { OAuth2Server } from "oauth2-mock-server";
import { systemClock } from "../../src/shared/clock.js";
import { requestToken, tokenExchange } from "../oauth/token-exchange-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest, attestFailure, createProfile } from "./attestation-operations.js";

/** Tokens that another implementation signs. The walk-through covers oidc-provider. */
describe("a token of oauth2-mock-server", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let foreign: OAuth2Server;
  let issuer: string;

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true, clock: systemClock });
    operator = server.operator;
    foreign = new OAuth2Server();
    await foreign.start(0, "127.0.0.1");
    issuer = foreign.issuer.url ?? "";
  });

  afterAll(async () => {
    await foreign.stop();
    await server.stop();
  });

  const tokenBy = async (alg: string, claims: Record<string, unknown> = {}) => {
    const { kid } = await foreign.issuer.keys.generate(alg);
    return {
      kid,
      token: await foreign.issuer.buildToken({
        kid,
        scopesOrTransform: (_header, payload) => {
          Object.assign(payload, {
            aud: "authenticated",
            sub: "user-1",
            email: "ada@example.com",
            session_id: crypto.randomUUID(),
            ...claims,
          });
        },
      }),
    };
  };
  const profileWith = (settings: object) =>
    createProfile(operator, { issuer, canJitProvision: true, ...settings });

  test.each(["RS256", "PS256", "ES256", "ES384", "EdDSA"])(
    "is accepted with %s, by key set and by PEM",
    async (alg) => {
      const { kid, token } = await tokenBy(alg);
      const byUrl = await profileWith({ keys: { jwksUrl: `${issuer}/jwks` } });
      const { member } = await attest(operator, { profileId: byUrl, token });
      expect(member.emailAddress).toBe("ada@example.com");
      const jwk = foreign.issuer.keys.toJSON().find((key) => key.kid === kid) as JsonWebKey;
      const key = createPublicKey({ key: jwk, format: "jwk" });
      const pem = key.export({ type: "spki", format: "pem" });
      const byPem = await profileWith({ keys: { publicKeys: [{ pem }] } });
      await attest(operator, { profileId: byPem, token });
      const other = await profileWith({
        keys: { jwksUrl: `${issuer}/jwks` },
        audience: "somebody-else",
      });
      expect(await attestFailure(operator, { profileId: other, token })).toMatchObject({
        reason: "AUDIENCE",
      });
    },
  );

  test("is exchanged for a client's access token", async () => {
    const { clientId } = await createClient(operator);
    await createProfile(operator, {
      issuer,
      keys: { jwksUrl: `${issuer}/jwks` },
      attributeMapping: {},
      clientId,
      claimConditions: [{ claim: "team", operator: "EQUALS", values: ["ops"] }],
    });
    const matching = await tokenBy("RS256", { team: "ops" });
    expect((await requestToken(server, tokenExchange(matching.token))).status).toBe(200);
    const other = await tokenBy("RS256", { team: "dev" });
    expect((await requestToken(server, tokenExchange(other.token))).status).toBe(400);
  });
});
