import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PROJECT_PERMISSIONS } from "../../src/shared/permissions.js";
import {
  type ApiView,
  CREATE_GRANT,
  clientKey,
  createApi,
  createGrant,
  issueAccessToken,
  issuerFor,
} from "../oauth/oauth-operations.js";
import { GITHUB, WORKLOAD_AUDIENCE } from "../oauth/token-exchange-operations.js";
import { CREATE_PROJECT } from "../projects/project-operations.js";
import { GraphqlClient } from "../support/graphql-client.js";
import {
  CREATE_KEY,
  createClient,
  createKey,
  ROTATE_SECRET,
  START_ROTATION,
  UPDATE_CLIENT,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { ADD_KEY, CREATE_PROFILE, profileInput } from "../trusted-auth/attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const PUBLISH_KEY = `mutation ($input: PublishKeyInput!) { publishKey(input: $input) { publishedKey { kid } } }`;

/** What somebody makes: the operation, its input, and where the refusal points. */
type Made = (end: string | null) => Promise<[operation: string, input: object, path: string[]]>;

describe("nobody outlives what made it:", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let management: ApiView;
  let issuer: ForeignIssuer;
  let end: string;
  let later: string;
  const makers: Record<string, GraphqlClient> = {};

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    const fromNow = (seconds: number) =>
      new Date(server.clock.now().getTime() + seconds * 1000).toISOString();
    end = fromNow(600);
    later = fromNow(601);
    const identifier = `${issuerFor(server)}/graphql`;
    const scopes = PROJECT_PERMISSIONS.map((value) => ({ value }));
    management = await createApi(operator, { identifier, scopes });
    const { secret } = await createKey(operator, PROJECT_PERMISSIONS, { expiresAt: end });
    const client = await createClient(operator, { expiresAt: end });
    await createGrant(operator, client, management);
    const token = await issueAccessToken(server, client, { audience: identifier });
    makers["a management key"] = server.withKey(server.projectId, secret);
    makers["a client"] = new GraphqlClient(server.url, `Bearer ${token}`);
  });

  afterAll(async () => {
    await server.stop();
  });

  const grantOf = (clientId: string) => ({
    clientId,
    apiId: management.apiId,
    scopes: ["clients:read"],
  });
  const grantedClient = async (expiresAt: string | null, input: object = {}) => {
    const { clientId } = await createClient(operator, { expiresAt, ...input });
    await operator.request(CREATE_GRANT, { input: grantOf(clientId) });
    return clientId;
  };
  const workloadProfile = (clientId: string) =>
    profileInput({
      issuer: GITHUB,
      audience: WORKLOAD_AUDIENCE,
      keys: { publicKeys: [{ pem: issuer.pem }] },
      attributeMapping: {},
      clientId,
      claimConditions: [{ claim: "repository", operator: "EQUALS", values: ["octo/repo"] }],
    });

  const MADE: Record<string, Made> = {
    "a management key": async (expiresAt) => [
      CREATE_KEY,
      { name: "Made", permissions: ["CLIENTS_READ"], expiresAt },
      ["expiresAt"],
    ],
    "a grant of permissions on this server": async (expiresAt) => {
      const { clientId } = await createClient(operator, { expiresAt });
      return [CREATE_GRANT, grantOf(clientId), ["clientId"]];
    },
    "a rotated secret": async (expiresAt) => [
      ROTATE_SECRET,
      { clientId: await grantedClient(expiresAt), secretExpiresAt: end },
      ["clientId"],
    ],
    "a staged secret": async (expiresAt) => [
      START_ROTATION,
      { clientId: await grantedClient(expiresAt), secretExpiresAt: end },
      ["clientId"],
    ],
    "a client's keys": async (expiresAt) => {
      const keys = { publicKeys: [{ jwk: (await clientKey()).jwk }] };
      const clientId = await grantedClient(expiresAt);
      return [
        UPDATE_CLIENT,
        { clientId, tokenEndpointAuthMethod: "PRIVATE_KEY_JWT", keys },
        ["clientId"],
      ];
    },
    "a later end of a client": async (expiresAt) => {
      const clientId = await grantedClient(new Date(Date.parse(end) - 1000).toISOString());
      return [UPDATE_CLIENT, { clientId, expiresAt }, ["expiresAt"]];
    },
    "a profile of a client": async (expiresAt) => [
      CREATE_PROFILE,
      workloadProfile(await grantedClient(expiresAt)),
      ["clientId"],
    ],
    "a key of such a profile": async (expiresAt) => {
      const clientId = await grantedClient(expiresAt);
      const { createProfile } = await operator.request(CREATE_PROFILE, {
        input: workloadProfile(clientId),
      });
      const { pem } = await foreignIssuer(server.clock, "ES256");
      const { profileId } = createProfile.profile;
      return [ADD_KEY, { profileId, publicKey: { pem } }, []];
    },
  };

  const cases = ["a management key", "a client"].flatMap((maker) =>
    Object.entries(MADE).map(([made, prepare]) => [maker, made, prepare] as const),
  );

  test.each(cases)("%s that ends makes %s only until then", async (maker, _made, prepare) => {
    const as = makers[maker] as GraphqlClient;
    for (const tooLate of [null, later]) {
      const [operation, input, path] = await prepare(tooLate);
      const { message, extensions } = await as.failure(operation, { input });
      expect(extensions).toEqual({ code: "FORBIDDEN", path: ["input", ...path] });
      expect(message).toMatch(/^Must not outlive the caller's credential, which ends at .*: \w+/);
    }
    const [operation, input] = await prepare(end);
    await as.request(operation, { input });
    const [again, endless] = await prepare(null);
    await operator.request(again, { input: endless });
  });

  test.each(["a management key", "a client"])(
    "%s that ends publishes a key only until then",
    async (maker) => {
      const as = makers[maker] as GraphqlClient;
      const { pem } = await clientKey();
      const input = { kid: `of ${maker}`.replaceAll(" ", "-"), publicKey: { pem } };
      const { extensions } = await as.failure(PUBLISH_KEY, {
        input: { ...input, expiresAt: later },
      });
      expect(extensions).toEqual({ code: "FORBIDDEN", path: ["input", "expiresAt"] });
      await as.request(PUBLISH_KEY, { input: { ...input, expiresAt: end } });
    },
  );

  test("a management key that ends creates no project, whose first key does not end", async () => {
    const { secret } = await createKey(operator, ["projects:write"], { expiresAt: end });
    const input = { name: "Endless", environment: "TEST" };
    const temporary = server.withKey(server.projectId, secret);
    const { extensions } = await temporary.failure(CREATE_PROJECT, { input });
    expect(extensions.code).toBe("FORBIDDEN");
    await operator.request(CREATE_PROJECT, { input });
  });

  test("a client without permissions on this server is not concerned", async () => {
    const temporary = makers["a management key"] as GraphqlClient;
    const { clientId } = await createClient(temporary);
    await createGrant(temporary, { clientId }, await createApi(operator));
    await temporary.request(ROTATE_SECRET, { input: { clientId } });
    await temporary.request(CREATE_PROFILE, { input: workloadProfile(clientId) });
  });

  test("a secret that a temporary key made gets no permissions for longer", async () => {
    const temporary = makers["a management key"] as GraphqlClient;
    const { clientId } = await createClient(temporary);
    const endless = await operator.failure(CREATE_GRANT, { input: grantOf(clientId) });
    expect(endless.extensions.code).toBe("PRECONDITION_FAILED");
    await updateClient(temporary, { clientId, expiresAt: end });
    await temporary.request(CREATE_GRANT, { input: grantOf(clientId) });
    const extended = await operator.failure(UPDATE_CLIENT, {
      input: { clientId, expiresAt: later },
    });
    expect(extended.extensions).toEqual({
      code: "PRECONDITION_FAILED",
      path: ["input", "expiresAt"],
    });
    await operator.request(ROTATE_SECRET, { input: { clientId, overlapSeconds: 0 } });
    await updateClient(operator, { clientId, expiresAt: later });
  });
});
