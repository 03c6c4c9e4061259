// Tokens that other implementations sign.
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { exportJWK } from "jose";
import { OAuth2Server } from "oauth2-mock-server";
// @ts-expect-error: it has no types
import Provider from "oidc-provider";
import { systemClock } from "../../src/shared/clock.js";
import { requestToken, tokenExchange } from "../oauth/token-exchange-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { keyPair } from "../support/key-pairs.js";
import { freePort } from "../support/live-server.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attest, attestFailure, createProfile } from "./attestation-operations.js";

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

describe("a token of oidc-provider", () => {
  let server: TestServer;
  let foreign: Server;
  let issuer: string;

  beforeAll(async () => {
    // It warns of what is for tests alone.
    for (const level of ["warn", "info"] as const) {
      jest.spyOn(console, level).mockImplementation(() => {});
    }
    server = await startTestServer({ allowInsecureJwks: true, clock: systemClock });
    const port = await freePort();
    issuer = `http://127.0.0.1:${port}`;
    const { privateKey } = await keyPair("RS256");
    const provider = new Provider(issuer, {
      jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "foreign-1", use: "sig" }] },
      clients: [
        {
          client_id: "app",
          client_secret: "secret",
          grant_types: ["client_credentials"],
          redirect_uris: [],
          response_types: [],
        },
      ],
      extraTokenClaims: () => ({ email: "ada@example.com", session_id: crypto.randomUUID() }),
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => "urn:example:app",
          getResourceServerInfo: () => ({
            scope: "openid",
            audience: "authenticated",
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "RS256" } },
          }),
        },
      },
    });
    foreign = provider.listen(port, "127.0.0.1");
    await once(foreign, "listening");
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    foreign.closeAllConnections();
    foreign.close();
    await server.stop();
  });

  test("is accepted by the key set that it serves", async () => {
    const answer = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("app:secret")}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const keys = { jwksUrl: `${issuer}/jwks` };
    const profile = { issuer, keys, canJitProvision: true };
    const profileId = await createProfile(server.operator, profile);
    const { member } = await attest(server.operator, { profileId, token });
    expect(member.emailAddress).toBe("ada@example.com");
    const other = await createProfile(server.operator, { ...profile, audience: "somebody-else" });
    expect(await attestFailure(server.operator, { profileId: other, token })).toMatchObject({
      reason: "AUDIENCE",
    });
  });
});
