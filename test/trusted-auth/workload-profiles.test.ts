import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  GITHUB,
  githubProfile,
  githubToken,
  jwtBearer,
  REFUSED,
  requestToken,
  tokenExchange,
  WORKLOAD_AUDIENCE,
} from "../oauth/token-exchange-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { type ClientView, createClient, updateClient } from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";
import {
  ADD_KEY,
  attestFailure,
  CREATE_PROFILE,
  MAPPING,
  profileInput,
  UPDATE_PROFILE,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

describe("a profile for a client", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let client: ClientView;

  beforeAll(async () => {
    server = await startTestServer({ allowInsecureJwks: true });
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    client = await createClient(operator);
  });

  afterAll(async () => {
    await server.stop();
  });

  const settings = (changes: object = {}) =>
    profileInput({
      issuer: GITHUB,
      audience: WORKLOAD_AUDIENCE,
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: {},
      clientId: client.clientId,
      claimConditions: [
        { claim: "repository", operator: "EQUALS", values: ["octo-org/octo-repo"] },
      ],
      ...changes,
    });
  const createFailure = async (changes: object, as = operator) =>
    (await as.failure(CREATE_PROFILE, { input: settings(changes) })).extensions;

  test("requires a claim condition, at creation and later", async () => {
    const refused = { code: "BAD_USER_INPUT", path: ["input", "claimConditions"] };
    expect(await createFailure({ claimConditions: [] })).toEqual(refused);
    expect(await createFailure({ claimConditions: undefined })).toEqual(refused);
    const profileId = await githubProfile(operator, issuer, client.clientId);
    const input = { profileId, claimConditions: [] };
    expect((await operator.failure(UPDATE_PROFILE, { input })).extensions).toEqual(refused);
    const { createProfile: plain } = await operator.request(CREATE_PROFILE, {
      input: profileInput({ keys: { publicKeys: [{ pem: issuer.pem }] } }),
    });
    const named = { profileId: plain.profile.profileId, clientId: client.clientId };
    expect((await operator.failure(UPDATE_PROFILE, { input: named })).extensions).toEqual(refused);
  });

  test("accepts a program that signs assertions of its own, such as zitadel's service users", async () => {
    const { clientId } = client;
    const ownIssuer = `${PUBLIC_URL}/projects/${server.projectId}`;
    const conditions = [{ claim: "sub", operator: "EQUALS", values: [clientId] }];
    await operator.request(CREATE_PROFILE, {
      input: settings({ issuer: clientId, audience: ownIssuer, claimConditions: conditions }),
    });
    const now = Math.floor(server.clock.now().getTime() / 1000);
    const claims = { iss: clientId, sub: clientId, aud: [ownIssuer], iat: now, exp: now + 3600 };
    const accepted = await requestToken(server, jwtBearer(await issuer.token(claims)));
    expect([accepted.status, accepted.body.token_type]).toEqual([200, "Bearer"]);
    const ofAnother = await issuer.token({ ...claims, sub: "somebody" });
    expect((await requestToken(server, jwtBearer(ofAnother))).body).toEqual(REFUSED);
  });

  test("requires a client of the project", async () => {
    expect(await createFailure({ clientId: "client_unknown" })).toEqual({
      code: "CLIENT_NOT_FOUND",
    });
    const other = await server.otherProject();
    expect(await createFailure({}, other.operator)).toEqual({ code: "CLIENT_NOT_FOUND" });
  });

  test("is one of at most 100 of an issuer that a token without client id is compared with", async () => {
    const many = await createClient(operator);
    const few = await createClient(operator);
    const iss = "https://issuer-of-many.example.com";
    const create = (clientId: string) => githubProfile(operator, issuer, clientId, { issuer: iss });
    for (let number = 0; number < 100; number++) await create(many.clientId);
    const claims = await githubToken(issuer, { iss });
    const ask = (parameters = {}) => requestToken(server, jwtBearer(claims, parameters));
    const explanationOf = async (request: () => Promise<{ body: unknown }>) => {
      const from = server.logs().length;
      expect((await request()).body).toEqual(REFUSED);
      return server.logs().slice(from);
    };
    expect((await ask()).status).toBe(200);
    await create(few.clientId);
    expect(await explanationOf(ask)).toContain("More than 100 profiles may accept");
    expect((await ask({ client_id: few.clientId })).status).toBe(200);
    expect((await ask({ client_id: many.clientId })).status).toBe(200);
    await create(many.clientId);
    expect(await explanationOf(() => ask({ client_id: many.clientId }))).toContain(
      "More than 100 profiles may accept",
    );
    expect(await explanationOf(() => ask({ client_id: client.clientId }))).toContain(
      "No profile that may accept the token's issuer is for the client",
    );
  });

  test("starts sessions only if it maps members", async () => {
    const profileId = await githubProfile(operator, issuer, client.clientId);
    const token = await githubToken(issuer);
    expect(await attestFailure(operator, { profileId, token })).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "profileId"],
    });
    const attributeMapping = { tokenId: MAPPING.tokenId };
    expect(await createFailure({ attributeMapping, publicExchange: true })).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "attributeMapping", "email"],
    });
    const without = { profileId, clientId: null };
    expect((await operator.failure(UPDATE_PROFILE, { input: without })).extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "attributeMapping", "email"],
    });
  });

  describe("counts as a credential of the client, so that creating or changing it", () => {
    test("requires clients:write", async () => {
      const code = "FORBIDDEN";
      const writer = await server.keyWith("profiles:write");
      expect(await createFailure({}, writer)).toEqual({ code, path: ["input", "clientId"] });
      const profileId = await githubProfile(operator, issuer, client.clientId);
      const attacker = await foreignIssuer(server.clock);
      for (const [operation, input] of [
        [UPDATE_PROFILE, { profileId, keys: { publicKeys: [{ pem: attacker.pem }] } }],
        [UPDATE_PROFILE, { profileId, keys: { jwksUrl: "https://attacker.test/jwks" } }],
        [ADD_KEY, { profileId, publicKey: { pem: attacker.pem } }],
      ] as const) {
        const { extensions } = await writer.failure(operation, { input });
        expect(extensions).toEqual({ code, path: ["input"] });
      }
      const withoutClient = { profileId, clientId: null, attributeMapping: MAPPING };
      const forMembers = await server.keyWith("profiles:write", "sessions:write");
      await forMembers.request(UPDATE_PROFILE, { input: withoutClient });
    });

    test("requires the permissions that the client has on this server", async () => {
      const powerful = await createClient(operator);
      const { createApi } = await operator.request(
        `mutation ($input: CreateApiInput!) { createApi(input: $input) { api { apiId } } }`,
        {
          input: {
            identifier: `${PUBLIC_URL}/projects/${server.projectId}/graphql`,
            name: "This server",
            scopes: [{ value: "management_keys:write" }, { value: "profiles:read" }],
          },
        },
      );
      await operator.request(
        `mutation ($input: CreateClientGrantInput!) { createClientGrant(input: $input) { clientGrant { clientGrantId } } }`,
        {
          input: {
            clientId: powerful.clientId,
            apiId: createApi.api.apiId,
            scopes: ["management_keys:write"],
          },
        },
      );
      const limited = await server.keyWith("profiles:write", "clients:write", "profiles:read");
      expect(await createFailure({ clientId: powerful.clientId }, limited)).toEqual({
        code: "FORBIDDEN",
        path: ["input", "clientId"],
      });
      await limited.request(CREATE_PROFILE, { input: settings() });
      await operator.request(CREATE_PROFILE, { input: settings({ clientId: powerful.clientId }) });
    });
  });

  describe("with a key set URL", () => {
    let keyServer: Server;
    let fetched: number;
    let beforeAnswer = async () => {};

    beforeAll(async () => {
      keyServer = createServer(async (_request, response) => {
        fetched += 1;
        await beforeAnswer();
        response.end(JSON.stringify({ keys: [{ ...issuer.jwk, kid: "example-key-id" }] }));
      });
      await new Promise<void>((listening) => keyServer.listen(0, "127.0.0.1", listening));
    });

    afterAll(async () => {
      keyServer.closeAllConnections();
      await new Promise((closed) => keyServer.close(closed));
    });

    test("fetches the key set only for a token that matches issuer, audience and conditions", async () => {
      fetched = 0;
      const iss = "https://by-url.example.com";
      await githubProfile(operator, issuer, client.clientId, {
        issuer: iss,
        keys: { jwksUrl: `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks` },
      });
      for (const claims of [
        { iss: "https://unknown.example.com" },
        { iss, aud: "other" },
        { iss, repository: "attacker/repo" },
      ]) {
        const { body } = await requestToken(
          server,
          tokenExchange(await githubToken(issuer, claims)),
        );
        expect(body).toEqual(REFUSED);
      }
      expect(fetched).toBe(0);
      for (const _ of [1, 2]) {
        const form = tokenExchange(await githubToken(issuer, { iss }));
        expect((await requestToken(server, form)).status).toBe(200);
      }
      expect(fetched).toBe(1);
    });

    test("refuses a client that is deactivated while a second key set is fetched", async () => {
      const iss = "https://by-two-urls.example.com";
      const { clientId } = await createClient(operator);
      const url = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}`;
      for (const path of ["one", "two"]) {
        const jwksUrl = `${url}/${path}`;
        await githubProfile(operator, issuer, clientId, { issuer: iss, keys: { jwksUrl } });
      }
      fetched = 0;
      beforeAnswer = async () => {
        if (fetched === 2) await updateClient(operator, { clientId, status: "INACTIVE" });
      };
      const form = tokenExchange(await githubToken(issuer, { iss }));
      const { status, body } = await requestToken(server, form);
      expect({ status, body }).toEqual({ status: 400, body: REFUSED });
      expect(fetched).toBe(2);
    });
  });
});
