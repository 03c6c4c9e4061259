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

describe("a workload's token", () => {
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
  const refused = async (form: Record<string, string>) => {
    const { status, body, headers } = await ask(form);
    expect(headers.get("cache-control")).toBe("no-store");
    return { status, body };
  };
  const INVALID_GRANT = { status: 400, body: REFUSED };
  const jsonList = ({ scope }: { scope: string }) => scope.split(" ");

  test("of GitHub Actions is exchanged for an access token of a client, without a secret", async () => {
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

  test.each(["jwt", "id_token", "access_token"])("may be called %s", async (type) => {
    const form = tokenExchange(await githubToken(issuer), { subject_token_type: TYPE + type });
    const asked = { ...form, requested_token_type: `${TYPE}access_token` };
    expect((await ask(asked)).status).toBe(200);
  });

  test("of a Kubernetes service account is an assertion, with nested claims for conditions", async () => {
    const cluster = await foreignIssuer(server.clock);
    await createProfile(operator, {
      issuer: KUBERNETES,
      audience: WORKLOAD_AUDIENCE,
      publicKeys: [cluster.pem],
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
      expect(await refused(jwtBearer(await kubernetesToken(cluster, other)))).toEqual(
        INVALID_GRANT,
      );
    }
  });

  test("gets the scopes and the audience that it asks for, as the client's secret would", async () => {
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
    const form = async (more: Record<string, string>) =>
      ask(tokenExchange(await githubToken(issuer), more));
    expect(await form({ audience: identifier })).toMatchObject({
      status: 400,
      body: { error: "invalid_target" },
    });
    await operator.request(
      `mutation ($input: CreateClientGrantInput!) { createClientGrant(input: $input) { clientGrant { grantId } } }`,
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

  describe("is refused with one answer", () => {
    test.each<[string, Record<string, unknown>]>([
      ["another repository", { repository: "octo-org/other" }],
      ["a longer repository name", { repository: "octo-org/octo-repo-2" }],
      ["another case", { repository: "Octo-Org/Octo-Repo" }],
      ["another environment", { environment: "dev" }],
      ["no environment", { environment: undefined }],
      ["a tag", { ref: "refs/tags/refs/heads/main" }],
      ["another audience", { aud: "https://github.com/octo-org" }],
      ["no audience", { aud: undefined }],
      ["a look-alike audience", { aud: `${WORKLOAD_AUDIENCE}/` }],
      ["another issuer", { iss: KUBERNETES }],
      ["a look-alike issuer", { iss: `${GITHUB}/` }],
      ["no issuer", { iss: undefined }],
      ["no end", { exp: undefined }],
      ["its end behind it", { exp: 1 }],
      ["its begin before it", { nbf: 4_000_000_000 }],
      ["no subject", { sub: undefined }],
    ])("with %s", async (_, claims) => {
      const token = await githubToken(issuer, claims);
      expect(await refused(tokenExchange(token))).toEqual(INVALID_GRANT);
      expect(await refused(jwtBearer(token))).toEqual(INVALID_GRANT);
    });

    test("signed by somebody else, not at all, or malformed", async () => {
      const attacker = await foreignIssuer(server.clock);
      const token = await githubToken(issuer);
      const forged = await githubToken(attacker);
      const [header, payload] = token.split(".");
      for (const bad of [forged, `${header}.${payload}.`, `${token}A`, `${token}=`, "x", "a.b.c"]) {
        expect(await refused(tokenExchange(bad))).toEqual(INVALID_GRANT);
      }
      const none = Buffer.from('{"alg":"none"}').toString("base64url");
      expect(await refused(tokenExchange(`${none}.${payload}.`))).toEqual(INVALID_GRANT);
    });

    test("in another project", async () => {
      const other = await server.otherProject();
      const form = tokenExchange(await githubToken(issuer));
      const { status, body } = await requestToken(server, form, {}, other.projectId);
      expect({ status, body }).toEqual(INVALID_GRANT);
    });

    test("under a profile for members", async () => {
      const members = await foreignIssuer(server.clock);
      await createProfile(operator, {
        issuer: "https://members.example.com",
        audience: WORKLOAD_AUDIENCE,
        publicKeys: [members.pem],
      });
      const token = await members.token({
        iss: "https://members.example.com",
        aud: WORKLOAD_AUDIENCE,
      });
      expect(await refused(tokenExchange(token))).toEqual(INVALID_GRANT);
    });

    test("for a client that is inactive, has expired or is gone", async () => {
      const own = await createClient(operator);
      const issuerOfOwn = await foreignIssuer(server.clock);
      const iss = "https://ci.example.com";
      await githubProfile(operator, issuerOfOwn, own.clientId, { issuer: iss });
      const form = async () => tokenExchange(await githubToken(issuerOfOwn, { iss }));
      const { clientId } = own;
      expect((await ask(await form())).status).toBe(200);
      await updateClient(operator, { clientId, status: "INACTIVE" });
      const logged = server.logs().length;
      expect(await refused(await form())).toEqual(INVALID_GRANT);
      expect(server.logs().slice(logged)).toContain('"cause":{"code":"INVALID_CLIENT"');
      const soon = new Date(server.clock.now().getTime() + 1000).toISOString();
      await updateClient(operator, { clientId, status: "ACTIVE", expiresAt: soon });
      expect((await ask(await form())).status).toBe(200);
      server.clock.advance(1);
      expect(await refused(await form())).toEqual(INVALID_GRANT);
      await operator.request(
        `mutation ($input: DeleteClientInput!) { deleteClient(input: $input) { clientId } }`,
        { input: { clientId } },
      );
      expect(await refused(await form())).toEqual(INVALID_GRANT);
      // Whoever gets the id later does not inherit who may act as it.
      const { profiles } = await operator.request("{ profiles(first: 200) { nodes { issuer } } }");
      expect(profiles.nodes).not.toContainEqual({ issuer: iss });
    });

    test("and no word of it is logged", async () => {
      const marker = "marker-5d1f-secret";
      const token = await githubToken(issuer, { repository: marker, iss: marker });
      const { body } = await ask(tokenExchange(token, { client_id: marker }));
      for (const secret of [marker, token]) {
        expect(JSON.stringify(body)).not.toContain(secret);
        expect(server.logs()).not.toContain(secret);
      }
    });
  });

  describe("that may be used once", () => {
    let once: ForeignIssuer;
    const iss = "https://once.example.com";
    const tokenWith = (claims: Record<string, unknown> = {}) =>
      githubToken(once, { iss, ...claims });

    beforeAll(async () => {
      once = await foreignIssuer(server.clock);
      const settings = { issuer: iss, singleUseTokenId: true };
      await githubProfile(operator, once, client.clientId, settings);
    });

    test("is used up by the token that it has given, in either grant", async () => {
      const token = await tokenWith();
      expect((await ask(tokenExchange(token))).status).toBe(200);
      expect(await refused(tokenExchange(token))).toEqual(INVALID_GRANT);
      expect(await refused(jwtBearer(token))).toEqual(INVALID_GRANT);
    });

    test("gives one token to many at once", async () => {
      const token = await tokenWith();
      const answers = await Promise.all(Array.from({ length: 6 }, () => ask(tokenExchange(token))));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    test("needs an id", async () => {
      expect(await refused(tokenExchange(await tokenWith({ jti: undefined })))).toEqual(
        INVALID_GRANT,
      );
      expect(await refused(tokenExchange(await tokenWith({ jti: "" })))).toEqual(INVALID_GRANT);
    });

    test("is not used up by a request that fails, nor by whoever knows its id only", async () => {
      const jti = crypto.randomUUID();
      const attacker = await foreignIssuer(server.clock);
      expect(await refused(tokenExchange(await githubToken(attacker, { iss, jti })))).toEqual(
        INVALID_GRANT,
      );
      const token = await tokenWith({ jti });
      expect((await ask(tokenExchange(token, { scope: "admin" }))).body.error).toBe(
        "invalid_scope",
      );
      const wrong = tokenExchange(token, { client_id: "somebody-else" });
      expect(await refused(wrong)).toEqual(INVALID_GRANT);
      expect((await ask(tokenExchange(token))).status).toBe(200);
    });

    test("survives the nonce that a DPoP proof has to learn first, and is bound to its key", async () => {
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

  describe("beside other proof of who the client is", () => {
    test("speaks for the client that client_id names, or for none", async () => {
      const form = tokenExchange(await githubToken(issuer));
      expect((await ask({ ...form, client_id: client.clientId })).status).toBe(200);
      expect(await refused({ ...form, client_id: "somebody-else" })).toEqual(INVALID_GRANT);
    });

    test("needs credentials to be good, and the same client's", async () => {
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

  test("that fits profiles of several clients speaks for the one that is named, or for none", async () => {
    const shared = await foreignIssuer(server.clock);
    const iss = "https://shared.example.com";
    const [one, two] = [await createClient(operator), await createClient(operator)];
    for (const { clientId } of [one, two, one]) {
      await githubProfile(operator, shared, clientId, { issuer: iss });
    }
    const form = tokenExchange(await githubToken(shared, { iss }));
    expect(await refused(form)).toEqual(INVALID_GRANT);
    for (const { clientId } of [one, two]) {
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
  ])("cannot be exchanged with %s", async (_, more) => {
    const { status, body } = await ask({ ...tokenExchange(await githubToken(issuer)), ...more });
    expect({ status, error: body.error }).toEqual({ status: 400, error: "invalid_request" });
  });

  test("needs to be there in an assertion", async () => {
    expect((await ask(jwtBearer(""))).body.error).toBe("invalid_request");
  });

  test("is announced in the metadata", async () => {
    const url = `${server.url}/projects/${server.projectId}/.well-known/oauth-authorization-server`;
    const metadata = (await (await fetch(url)).json()) as { grant_types_supported: string[] };
    expect(metadata.grant_types_supported).toEqual([
      "client_credentials",
      "urn:ietf:params:oauth:grant-type:token-exchange",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ]);
  });
});
