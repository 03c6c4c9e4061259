import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import { basicAuthorization, type GraphqlClient } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  getClient,
  updateClient,
} from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";
import {
  GITHUB,
  githubProfile,
  githubToken,
  jwtBearer,
  KUBERNETES,
  kubernetesToken,
  REFUSED,
  requestToken,
  TYPE,
  tokenExchange,
  WORKLOAD_AUDIENCE,
} from "./token-exchange-operations.js";

describe("a workload token", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let client: ClientView & Credentials;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    client = await createClient(operator, { scopes: ["deploy", "read:status"] });
    await githubProfile(operator, issuer, client.clientId);
  });

  afterAll(async () => {
    await server.stop();
  });

  const ask = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    requestToken(server, form, headers);
  const refusalOf = async (form: Record<string, string>) => {
    const { status, body, headers } = await ask(form);
    expect(headers.get("cache-control")).toBe("no-store");
    return { status, body };
  };
  const INVALID_GRANT = { status: 400, body: REFUSED };
  const jsonList = ({ scope }: { scope: string }) => scope.split(" ");

  test("of GitHub Actions is exchanged for a client's access token without a secret", async () => {
    const { status, body, headers } = await ask(tokenExchange(await githubToken(issuer)));
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      token_type: "Bearer",
      expires_in: 3600,
      scope: "deploy read:status",
    });
    expect(decodeJwt(body.access_token)).toMatchObject({
      iss: `${PUBLIC_URL}/projects/${server.projectId}`,
      sub: client.clientId,
      client_id: client.clientId,
      aud: [server.projectId],
    });
    await server.services.authenticator.lastUsed.flush();
    expect((await getClient(operator, client.clientId))?.lastUsedAt).not.toBeNull();
  });

  test.each(["jwt", "id_token", "access_token"])(
    "may have the subject token type %s",
    async (type) => {
      const form = tokenExchange(await githubToken(issuer), { subject_token_type: TYPE + type });
      const parameters = { ...form, requested_token_type: `${TYPE}access_token` };
      expect((await ask(parameters)).status).toBe(200);
    },
  );

  test("of a Kubernetes service account is accepted as an assertion, with conditions on nested claims", async () => {
    const cluster = await foreignIssuer(server.clock);
    await createProfile(operator, {
      issuer: KUBERNETES,
      audience: WORKLOAD_AUDIENCE,
      keys: { publicKeys: [{ pem: cluster.pem }] },
      attributeMapping: {},
      clientId: client.clientId,
      claimConditions: [
        { claim: "kubernetes.io.namespace", operator: "EQUALS", values: ["payments"] },
        {
          claim: "kubernetes.io.serviceaccount.name",
          operator: "IN",
          values: ["worker", "migrator"],
        },
        {
          claim: "sub",
          operator: "STARTS_WITH",
          values: ["system:serviceaccount:payments:"],
        },
      ],
    });
    const { status, body } = await ask(jwtBearer(await kubernetesToken(cluster)));
    expect(status).toBe(200);
    expect(body).not.toHaveProperty("issued_token_type");
    for (const other of [{ namespace: "default" }, { name: "web" }]) {
      expect(await refusalOf(jwtBearer(await kubernetesToken(cluster, other)))).toEqual(
        INVALID_GRANT,
      );
    }
  });

  test("gets the requested scopes and audience, as a client with a secret does", async () => {
    const { createApi } = await operator.request(
      `mutation ($input: CreateApiInput!) { createApi(input: $input) { api { apiId identifier } } }`,
      {
        input: {
          identifier: "https://api.example.com",
          name: "API",
          scopes: [{ value: "read" }, { value: "write" }],
        },
      },
    );
    const { apiId, identifier } = createApi.api;
    const form = async (parameters: Record<string, string>) =>
      ask(tokenExchange(await githubToken(issuer), parameters));
    expect(await form({ audience: identifier })).toMatchObject({
      status: 400,
      body: { error: "invalid_target" },
    });
    await operator.request(
      `mutation ($input: CreateClientGrantInput!) { createClientGrant(input: $input) { clientGrant { clientGrantId } } }`,
      { input: { clientId: client.clientId, apiId, scopes: ["read"] } },
    );
    for (const name of ["audience", "resource"]) {
      const { body } = await form({ [name]: identifier });
      expect(decodeJwt(body.access_token)).toMatchObject({ aud: [identifier], scope: "read" });
    }
    expect(jsonList((await form({ scope: "deploy" })).body)).toEqual(["deploy"]);
    expect((await form({ scope: "admin" })).body.error).toBe("invalid_scope");
    expect((await form({ audience: "a", resource: "b" })).body.error).toBe("invalid_request");
  });

  describe("is refused with the same error", () => {
    test.each<[string, Record<string, unknown>]>([
      ["another repository", { repository: "octo-org/other" }],
      ["a longer repository name", { repository: "octo-org/octo-repo-2" }],
      ["another case", { repository: "Octo-Org/Octo-Repo" }],
      ["another environment", { environment: "dev" }],
      ["no environment", { environment: undefined }],
      ["a tag", { ref: "refs/tags/refs/heads/main" }],
      ["another audience", { aud: "https://github.com/octo-org" }],
      ["no audience", { aud: undefined }],
      ["a similar audience", { aud: `${WORKLOAD_AUDIENCE}/` }],
      ["another issuer", { iss: KUBERNETES }],
      ["a similar issuer", { iss: `${GITHUB}/` }],
      ["no issuer", { iss: undefined }],
      ["no expiry", { exp: undefined }],
      ["an expiry in the past", { exp: 1 }],
      ["a start in the future", { nbf: 4_000_000_000 }],
      ["no subject", { sub: undefined }],
    ])("with %s", async (_, claims) => {
      const token = await githubToken(issuer, claims);
      expect(await refusalOf(tokenExchange(token))).toEqual(INVALID_GRANT);
      expect(await refusalOf(jwtBearer(token))).toEqual(INVALID_GRANT);
    });

    test("when signed by another issuer, unsigned or malformed", async () => {
      const attacker = await foreignIssuer(server.clock);
      const token = await githubToken(issuer);
      const forged = await githubToken(attacker);
      const [header, payload] = token.split(".");
      for (const bad of [forged, `${header}.${payload}.`, `${token}A`, `${token}=`, "x", "a.b.c"]) {
        expect(await refusalOf(tokenExchange(bad))).toEqual(INVALID_GRANT);
      }
      const unsignedHeader = Buffer.from('{"alg":"unsignedHeader"}').toString("base64url");
      expect(await refusalOf(tokenExchange(`${unsignedHeader}.${payload}.`))).toEqual(
        INVALID_GRANT,
      );
    });

    test("in another project", async () => {
      const other = await server.otherProject();
      const form = tokenExchange(await githubToken(issuer));
      const { status, body } = await requestToken(server, form, {}, other.projectId);
      expect({ status, body }).toEqual(INVALID_GRANT);
    });

    test("when only a profile for members matches it", async () => {
      const members = await foreignIssuer(server.clock);
      await createProfile(operator, {
        issuer: "https://members.example.com",
        audience: WORKLOAD_AUDIENCE,
        keys: { publicKeys: [{ pem: members.pem }] },
      });
      const token = await members.token({
        iss: "https://members.example.com",
        aud: WORKLOAD_AUDIENCE,
      });
      expect(await refusalOf(tokenExchange(token))).toEqual(INVALID_GRANT);
    });

    test("when its client is inactive, expired or deleted", async () => {
      const mapped = await createClient(operator);
      const mappedIssuer = await foreignIssuer(server.clock);
      const iss = "https://ci.example.com";
      await githubProfile(operator, mappedIssuer, mapped.clientId, { issuer: iss });
      const form = async () => tokenExchange(await githubToken(mappedIssuer, { iss }));
      const { clientId } = mapped;
      expect((await ask(await form())).status).toBe(200);
      await updateClient(operator, { clientId, status: "INACTIVE" });
      const logged = server.logs().length;
      expect(await refusalOf(await form())).toEqual(INVALID_GRANT);
      expect(server.logs().slice(logged)).toContain('"cause":{"code":"INVALID_CLIENT"');
      const soon = new Date(server.clock.now().getTime() + 1000).toISOString();
      await updateClient(operator, { clientId, status: "ACTIVE", expiresAt: soon });
      expect((await ask(await form())).status).toBe(200);
      server.clock.advance(1);
      expect(await refusalOf(await form())).toEqual(INVALID_GRANT);
      await operator.request(
        `mutation ($input: DeleteClientInput!) { deleteClient(input: $input) { clientId } }`,
        { input: { clientId } },
      );
      expect(await refusalOf(await form())).toEqual(INVALID_GRANT);
      // The profile is deleted too, so that a later client with the same id does not inherit it.
      const { profiles } = await operator.request("{ profiles(first: 200) { nodes { issuer } } }");
      expect(profiles.nodes).not.toContainEqual({ issuer: iss });
    });

    test.each<[string, object, object]>([
      ["an unknown issuer", { iss: "https://x.test" }, { reason: "ISSUER", claim: "iss" }],
      ["another audience", { aud: "other" }, { reason: "AUDIENCE", claim: "aud" }],
      ["another repository", { repository: "a/b" }, { reason: "CONDITION", claim: "repository" }],
      ["an expired token", { exp: 1 }, { reason: "EXPIRED", claim: "exp" }],
      ["no subject", { sub: undefined }, { reason: "CLAIM_MISSING", claim: "sub" }],
    ])("with %s, whose reason and claim only the log has", async (_, claims, cause) => {
      const logged = server.logs().length;
      expect(await refusalOf(tokenExchange(await githubToken(issuer, { ...claims })))).toEqual(
        INVALID_GRANT,
      );
      const [line = "{}"] = server
        .logs()
        .slice(logged)
        .split("\n")
        .filter((text) => text.includes('"refused"'));
      expect(JSON.parse(line).cause).toMatchObject(cause);
    });

    test("without its content in the response or in the log", async () => {
      const marker = "marker-5d1f-secret";
      const token = await githubToken(issuer, { repository: marker, iss: marker });
      const { body } = await ask(tokenExchange(token, { client_id: marker }));
      for (const secret of [marker, token]) {
        expect(JSON.stringify(body)).not.toContain(secret);
        expect(server.logs()).not.toContain(secret);
      }
    });
  });

  describe("of a profile for single use", () => {
    let singleUse: ForeignIssuer;
    const iss = "https://once.example.com";
    const tokenWith = (claims: Record<string, unknown> = {}) =>
      githubToken(singleUse, { iss, ...claims });

    beforeAll(async () => {
      singleUse = await foreignIssuer(server.clock);
      const settings = { issuer: iss, singleUseTokenId: true };
      await githubProfile(operator, singleUse, client.clientId, settings);
    });

    test("cannot be used again after it got an access token, in either grant", async () => {
      const token = await tokenWith();
      expect((await ask(tokenExchange(token))).status).toBe(200);
      expect(await refusalOf(tokenExchange(token))).toEqual(INVALID_GRANT);
      expect(await refusalOf(jwtBearer(token))).toEqual(INVALID_GRANT);
    });

    test("gets one access token when many requests use it at once", async () => {
      const token = await tokenWith();
      const answers = await Promise.all(Array.from({ length: 6 }, () => ask(tokenExchange(token))));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    test("requires a jti", async () => {
      expect(await refusalOf(tokenExchange(await tokenWith({ jti: undefined })))).toEqual(
        INVALID_GRANT,
      );
      expect(await refusalOf(tokenExchange(await tokenWith({ jti: "" })))).toEqual(INVALID_GRANT);
    });

    test("is not used up by a failed request or by another token with its jti", async () => {
      const jti = crypto.randomUUID();
      const attacker = await foreignIssuer(server.clock);
      expect(await refusalOf(tokenExchange(await githubToken(attacker, { iss, jti })))).toEqual(
        INVALID_GRANT,
      );
      const token = await tokenWith({ jti });
      expect((await ask(tokenExchange(token, { scope: "admin" }))).body.error).toBe(
        "invalid_scope",
      );
      const wrong = tokenExchange(token, { client_id: "somebody-else" });
      expect(await refusalOf(wrong)).toEqual(INVALID_GRANT);
      expect((await ask(tokenExchange(token))).status).toBe(200);
    });

    test("is not used up by the DPoP nonce challenge, and its access token is bound to the key", async () => {
      const token = await tokenWith();
      const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
      const jwk = await exportJWK(publicKey);
      const proof = (nonce?: string) =>
        new SignJWT({
          htm: "POST",
          htu: `${PUBLIC_URL}/projects/${server.projectId}/oauth/token`,
          jti: crypto.randomUUID(),
          iat: Math.floor(server.clock.now().getTime() / 1000),
          ...(nonce && { nonce }),
        })
          .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
          .sign(privateKey);
      const first = await ask(tokenExchange(token), { dpop: await proof() });
      expect(first.body.error).toBe("use_dpop_nonce");
      const nonce = first.headers.get("dpop-nonce") ?? "";
      const second = await ask(tokenExchange(token), { dpop: await proof(nonce) });
      expect(second.body.token_type).toBe("DPoP");
      expect(decodeJwt(second.body.access_token)).toMatchObject({
        cnf: { jkt: await calculateJwkThumbprint(jwk) },
      });
    });
  });

  describe("together with other client authentication", () => {
    test("must be for the client that client_id names", async () => {
      const form = tokenExchange(await githubToken(issuer));
      expect((await ask({ ...form, client_id: client.clientId })).status).toBe(200);
      expect(await refusalOf({ ...form, client_id: "somebody-else" })).toEqual(INVALID_GRANT);
    });

    test("requires valid credentials of the same client", async () => {
      const form = tokenExchange(await githubToken(issuer));
      const basic = (id: string, secret: string) => ({
        authorization: basicAuthorization(id, secret),
      });
      const { clientId, clientSecret } = client;
      expect((await ask(form, basic(clientId, clientSecret))).status).toBe(200);
      const post = { client_id: clientId, client_secret: clientSecret };
      expect((await ask({ ...form, ...post })).status).toBe(200);
      expect(await ask(form, basic(clientId, "wrong"))).toMatchObject({
        status: 401,
        body: { error: "invalid_client" },
      });
      const other = await createClient(operator);
      const { status, body } = await ask(form, basic(other.clientId, other.clientSecret));
      expect({ status, body }).toEqual(INVALID_GRANT);
    });
  });

  test("that matches profiles of several clients requires a client_id", async () => {
    const shared = await foreignIssuer(server.clock);
    const iss = "https://shared.example.com";
    const [first, second] = [await createClient(operator), await createClient(operator)];
    for (const { clientId } of [first, second, first]) {
      await githubProfile(operator, shared, clientId, { issuer: iss });
    }
    const form = tokenExchange(await githubToken(shared, { iss }));
    expect(await refusalOf(form)).toEqual(INVALID_GRANT);
    for (const { clientId } of [first, second]) {
      const { body } = await ask({ ...form, client_id: clientId });
      expect(decodeJwt(body.access_token).sub).toBe(clientId);
    }
  });

  test.each<[string, Record<string, string>]>([
    ["no subject_token", { subject_token: "" }],
    ["no subject_token_type", { subject_token_type: "" }],
    ["a SAML assertion", { subject_token_type: `${TYPE}saml2` }],
    ["a refresh token", { subject_token_type: `${TYPE}refresh_token` }],
    ["another requested_token_type", { requested_token_type: `${TYPE}id_token` }],
    ["an actor_token", { actor_token: "x" }],
    ["an actor_token_type", { actor_token_type: `${TYPE}jwt` }],
  ])("is refused with %s", async (_, parameters) => {
    const { status, body } = await ask({
      ...tokenExchange(await githubToken(issuer)),
      ...parameters,
    });
    expect({ status, error: body.error }).toEqual({ status: 400, error: "invalid_request" });
  });

  test("is required for an assertion", async () => {
    expect((await ask(jwtBearer(""))).body.error).toBe("invalid_request");
  });

  test("is advertised in the metadata by its grant types", async () => {
    const url = `${server.url}/projects/${server.projectId}/.well-known/oauth-authorization-server`;
    const metadata = (await (await fetch(url)).json()) as { grant_types_supported: string[] };
    expect(metadata.grant_types_supported).toEqual([
      "client_credentials",
      "urn:ietf:params:oauth:grant-type:token-exchange",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ]);
  });
});
