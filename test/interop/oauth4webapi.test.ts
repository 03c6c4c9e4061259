import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as oauth from "oauth4webapi";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { createClient, updateProject } from "../support/operations.js";
import { createApi, grantApi } from "./api-operations.js";

const INSECURE = { [oauth.allowInsecureRequests]: true };

describe("oauth4webapi", () => {
  let server: LiveServer;
  let as: oauth.AuthorizationServer;

  beforeAll(async () => {
    server = await startLiveServer();
    const issuer = new URL(server.issuer);
    const response = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...INSECURE });
    as = await oauth.processDiscoveryResponse(issuer, response);
  });

  afterAll(async () => {
    await server.stop();
  });

  const ask = (clientId: string, authentication: oauth.ClientAuth, parameters: object = {}) =>
    oauth.clientCredentialsGrantRequest(
      as,
      { client_id: clientId },
      authentication,
      new URLSearchParams({ ...parameters }),
      INSECURE,
    );

  test("discovers metadata that only advertise what this server supports", async () => {
    expect(as).toMatchObject({
      issuer: server.issuer,
      token_endpoint: `${server.issuer}/oauth/token`,
      jwks_uri: `${server.issuer}/.well-known/jwks.json`,
      authorization_endpoint: `${server.issuer}/oauth/authorize`,
      introspection_endpoint: `${server.issuer}/oauth/introspect`,
      revocation_endpoint: `${server.issuer}/oauth/revoke`,
      registration_endpoint: `${server.issuer}/oauth/register`,
      response_types_supported: [],
    });
    expect(as.grant_types_supported).toContain("client_credentials");
    expect(as.token_endpoint_auth_methods_supported).toEqual([
      "client_secret_basic",
      "client_secret_post",
      "private_key_jwt",
    ]);
    expect(as.dpop_signing_alg_values_supported).toContain("ES256");
  });

  test("rejects the metadata of another issuer", async () => {
    const other = new URL(`${server.issuer}x`);
    const response = await oauth.discoveryRequest(new URL(server.issuer), INSECURE);
    await expect(oauth.processDiscoveryResponse(other, response)).rejects.toThrow(/issuer/);
  });

  test("gets a token that validates as an RFC 9068 access token", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const api = await createApi(server.operator, { tokenProfile: "RFC9068" });
    await grantApi(server.operator, clientId, api);
    const response = await ask(clientId, oauth.ClientSecretBasic(clientSecret), {
      resource: api.identifier,
      scope: "read:invoices",
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
    const client = { client_id: clientId };
    const token = await oauth.processClientCredentialsResponse(as, client, response);
    const request = new Request("https://invoices.example.test/", {
      headers: { authorization: `Bearer ${token.access_token}` },
    });
    const accept = (audience: string) =>
      oauth.validateJwtAccessToken(as, request, audience, INSECURE);
    await expect(accept(api.identifier)).resolves.toMatchObject({
      client_id: clientId,
      sub: clientId,
      scope: "read:invoices",
    });
    await expect(accept("https://other.example.test/")).rejects.toThrow(/"aud"/);
  });

  test("reads the challenge of a refused client and the error of a refused request", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const refusal = async (response: Response) =>
      oauth
        .processClientCredentialsResponse(as, { client_id: clientId }, response)
        .catch((error: unknown) => error);
    const challenge = await refusal(await ask(clientId, oauth.ClientSecretPost("wrong")));
    expect(challenge).toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
    expect(challenge).toMatchObject({
      status: 401,
      cause: [{ scheme: "basic", parameters: { realm: "countersign", charset: "UTF-8" } }],
    });
    const post = oauth.ClientSecretPost(clientSecret);
    const refused = await refusal(await ask(clientId, post, { resource: "https://nowhere.test/" }));
    expect(refused).toBeInstanceOf(oauth.ResponseBodyError);
    expect(refused).toMatchObject({ status: 400, error: "invalid_target" });
  });

  test("gets a DPoP token by repeating the request with the required nonce", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const client = { client_id: clientId };
    const DPoP = oauth.DPoP({}, await oauth.generateKeyPair("EdDSA"));
    const attempt = async () =>
      oauth.processClientCredentialsResponse(
        as,
        client,
        await oauth.clientCredentialsGrantRequest(
          as,
          client,
          oauth.ClientSecretBasic(clientSecret),
          {},
          { DPoP, ...INSECURE },
        ),
      );
    const first = await attempt().catch((error: unknown) => error);
    expect(oauth.isDPoPNonceError(first)).toBe(true);
    await expect(attempt()).resolves.toMatchObject({ token_type: "dpop" });
  });

  test("introspects and revokes a token", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const client = { client_id: clientId };
    const post = oauth.ClientSecretPost(clientSecret);
    const response = await ask(clientId, post);
    const { access_token: token } = await oauth.processClientCredentialsResponse(
      as,
      client,
      response,
    );
    const introspect = async () =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, post, token, INSECURE),
      );
    await expect(introspect()).resolves.toMatchObject({ active: true, client_id: clientId });
    const revoked = await oauth.revocationRequest(as, client, post, token, INSECURE);
    await expect(oauth.processRevocationResponse(revoked)).resolves.toBeUndefined();
    await expect(introspect()).resolves.toEqual({ active: false });
  });

  test("verifies a signed introspection of a resource server (RFC 9701)", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const gateway = await createClient(server.operator);
    const client = { client_id: gateway.clientId };
    await updateProject(server.operator, { introspectionClientId: gateway.clientId });
    const { access_token: token } = await oauth.processClientCredentialsResponse(
      as,
      { client_id: clientId },
      await ask(clientId, oauth.ClientSecretPost(clientSecret)),
    );
    const response = await oauth.introspectionRequest(
      as,
      client,
      oauth.ClientSecretBasic(gateway.clientSecret),
      token,
      { requestJwtResponse: true, ...INSECURE },
    );
    expect(response.headers.get("content-type")).toBe("application/token-introspection+jwt");
    const introspection = await oauth.processIntrospectionResponse(as, client, response);
    expect(introspection).toMatchObject({ active: true, client_id: clientId });
    await oauth.validateApplicationLevelSignature(as, response, INSECURE);
  });
});
