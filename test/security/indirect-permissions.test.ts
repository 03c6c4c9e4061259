import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Permission } from "../../src/shared/permissions.js";
import {
  type ApiView,
  basicHeader,
  clientKey,
  createApi,
  createGrant,
  DELETE_GRANT,
  GET_API,
  issueAccessToken,
  issuerFor,
  post,
  UPDATE_API,
  UPDATE_GRANT,
  updateApi,
} from "../oauth/oauth-operations.js";
import { GraphqlClient } from "../support/graphql-client.js";
import { createClient, DELETE_CLIENT, importClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  ADD_KEY,
  CREATE_PROFILE,
  createProfile,
  DELETE_PROFILE,
  MAPPING,
  profileInput,
  REMOVE_KEY,
  UPDATE_PROFILE,
} from "../trusted-auth/attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

describe("a permission does not contain another one:", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
  });

  afterAll(async () => {
    await server.stop();
  });

  describe("a profile", () => {
    const keys = () => ({ publicKeys: [{ pem: issuer.pem }] });
    const PROFILES: [what: string, settings: object, needed: Permission[]][] = [
      ["identifies members", {}, ["sessions:write"]],
      [
        "sets roles",
        { attributeMapping: { ...MAPPING, roles: "roles" } },
        ["sessions:write", "members:write"],
      ],
      [
        "sets external ids",
        { attributeMapping: { ...MAPPING, externalMemberId: "sub" } },
        ["sessions:write", "members:write"],
      ],
      ["creates members", { canJitProvision: true }, ["sessions:write", "members:write"]],
      ["changes members", { memberUpdates: "ALL" }, ["sessions:write", "members:write"]],
      [
        "creates organizations",
        { canJitProvisionOrganizations: true },
        ["sessions:write", "organizations:write"],
      ],
    ];

    test.each(PROFILES)(
      "that %s is created and changed only with what that needs",
      async (_what, settings, needed) => {
        const profileId = await createProfile(operator, { keys: keys(), ...settings });
        const other = await foreignIssuer(server.clock, "ES256");
        const attempts = [
          [CREATE_PROFILE, profileInput({ keys: keys(), ...settings })],
          [UPDATE_PROFILE, { profileId, publicExchange: true }],
          [UPDATE_PROFILE, { profileId, keys: { publicKeys: [{ pem: other.pem }] } }],
          [UPDATE_PROFILE, { profileId, audience: "another" }],
          [UPDATE_PROFILE, { profileId, audienceClaim: "azp" }],
          [UPDATE_PROFILE, { profileId, alternativeIssuers: ["https://two.example.com"] }],
          [ADD_KEY, { profileId, publicKey: { pem: other.pem } }],
        ] as const;
        for (const missing of needed) {
          const others = needed.filter((permission) => permission !== missing);
          const writer = await server.keyWith("profiles:write", ...others);
          for (const [operation, input] of attempts) {
            const { message, extensions } = await writer.failure(operation, { input });
            expect(extensions.code).toBe("FORBIDDEN");
            expect(message).toContain(`Needs the permission ${missing}`);
          }
        }
        const writer = await server.keyWith("profiles:write", ...needed);
        await writer.request(CREATE_PROFILE, { input: attempts[0][1] });
        await writer.request(ADD_KEY, { input: attempts[6][1] });
      },
    );

    test("is refused a change with the path of a field that was sent", async () => {
      const client = await createClient(operator);
      const claimConditions = [{ claim: "sub", operator: "EQUALS", values: ["ci"] }];
      const settings = { keys: keys(), clientId: client.clientId, claimConditions };
      const forClient = await createProfile(operator, settings);
      const profileId = await createProfile(operator, { keys: keys(), canJitProvision: true });
      const writer = await server.keyWith("profiles:write", "sessions:write");
      const pathFor = async (input: object) =>
        (await writer.failure(UPDATE_PROFILE, { input })).extensions.path;
      expect(await pathFor({ profileId, audience: "another" })).toEqual(["input"]);
      expect(await pathFor({ profileId: forClient, audience: "another" })).toEqual(["input"]);
      const other = await createProfile(operator, { keys: keys() });
      expect(await pathFor({ profileId: other, canJitProvision: true })).toEqual([
        "input",
        "canJitProvision",
      ]);
    });

    test("gets another name with profiles:write alone", async () => {
      const profileId = await createProfile(operator, { keys: keys(), canJitProvision: true });
      const writer = await server.keyWith("profiles:write");
      for (const name of ["Renamed", "Renamed"]) {
        await writer.request(UPDATE_PROFILE, { input: { profileId, name } });
      }
      const input = { profileId, name: "Again", audience: "another" };
      const { extensions } = await writer.failure(UPDATE_PROFILE, { input });
      expect(extensions).toEqual({ code: "FORBIDDEN", path: ["input"] });
    });

    test("updates fewer members with profiles:write alone, and more only with members:write", async () => {
      const settings = { keys: keys(), memberUpdates: "ALL", canJitProvision: true };
      const profileId = await createProfile(operator, settings);
      const writer = await server.keyWith("profiles:write", "sessions:write");
      for (const memberUpdates of ["PROVISIONED", "NONE"]) {
        await writer.request(UPDATE_PROFILE, { input: { profileId, memberUpdates } });
      }
      for (const memberUpdates of ["PROVISIONED", "ALL"]) {
        const input = { profileId, memberUpdates };
        const { message, extensions } = await writer.failure(UPDATE_PROFILE, { input });
        expect(extensions.code).toBe("FORBIDDEN");
        expect(message).toContain("Needs the permission members:write");
      }
      const plain = await createProfile(operator, { keys: keys() });
      const input = { profileId: plain, memberUpdates: "ALL" };
      const { extensions } = await writer.failure(UPDATE_PROFILE, { input });
      expect(extensions.path).toEqual(["input", "memberUpdates"]);
    });

    test("loses keys, issuers, its public exchange and itself without more than profiles:write", async () => {
      const other = await foreignIssuer(server.clock, "ES256");
      const publicKeys = [{ pem: issuer.pem }, { pem: other.pem }];
      const alternativeIssuers = ["https://one.example.com", "https://two.example.com"];
      const settings = {
        keys: { publicKeys },
        alternativeIssuers,
        publicExchange: true,
        canJitProvision: true,
      };
      const { createProfile: created } = await operator.request(CREATE_PROFILE, {
        input: profileInput(settings),
      });
      const { profileId, keys: both } = created.profile;
      const writer = await server.keyWith("profiles:write");
      const { publicKeyId } = both.publicKeys[0];
      await writer.request(REMOVE_KEY, { input: { profileId, publicKeyId } });
      await writer.request(UPDATE_PROFILE, { input: { profileId, publicExchange: false } });
      const [one] = alternativeIssuers;
      await writer.request(UPDATE_PROFILE, { input: { profileId, alternativeIssuers: [one] } });
      const third = { profileId, alternativeIssuers: ["https://three.example.com"] };
      expect((await writer.failure(UPDATE_PROFILE, { input: third })).extensions).toEqual({
        code: "FORBIDDEN",
        path: ["input"],
      });
      const again = await writer.failure(UPDATE_PROFILE, {
        input: { profileId, publicExchange: true },
      });
      expect(again.extensions.code).toBe("FORBIDDEN");
      await writer.request(DELETE_PROFILE, { input: { profileId } });
    });
  });

  test("a key that signs what other verifiers accept is published only with what its tokens can do", async () => {
    const publish = `mutation ($input: PublishKeyInput!) { publishKey(input: $input) { publishedKey { kid } } }`;
    const { pem } = await clientKey();
    const input = { kid: "foreign", publicKey: { pem }, expiresAt: "2027-01-01T00:00:00Z" };
    for (const others of [[], ["clients:write"], ["sessions:write"]] as Permission[][]) {
      const writer = await server.keyWith("signing_keys:write", ...others);
      expect((await writer.failure(publish, { input })).extensions.code).toBe("FORBIDDEN");
    }
    const writer = await server.keyWith("signing_keys:write", "clients:write", "sessions:write");
    await writer.request(publish, { input });
  });

  describe("an access token on this server's own API", () => {
    let management: ApiView;

    beforeAll(async () => {
      const identifier = `${issuerFor(server)}/graphql`;
      const scopes = [{ value: "clients:read" }, { value: "apis:read" }];
      management = await createApi(operator, { identifier, scopes });
    });

    test("is for an API whose change is refused with the missing permissions and a field that was sent", async () => {
      const { apiId } = management;
      const writer = await server.keyWith("apis:write", "clients:read");
      const refusal = async (change: object) => {
        const { message, extensions } = await writer.failure(UPDATE_API, {
          input: { apiId, ...change },
        });
        expect(message).toContain("it lacks apis:read");
        return extensions;
      };
      const code = "FORBIDDEN";
      expect(await refusal({ accessTokenLifetimeSeconds: 600 })).toEqual({ code, path: ["input"] });
      const { scopes } = management;
      expect(await refusal({ scopes })).toEqual({ code, path: ["input", "scopes"] });
    });

    test("loses at once what its client's grant loses", async () => {
      const client = await createClient(operator);
      const { clientGrantId } = await createGrant(operator, client, management);
      const audience = management.identifier;
      const token = await issueAccessToken(server, client, { audience });
      const bearer = new GraphqlClient(server.url, `Bearer ${token}`);
      const codes = async () => {
        const { errors } = await bearer.send("{ clients { totalCount } apis { totalCount } }");
        return errors.map(({ path, extensions }) => `${path?.[0]} ${extensions.code}`);
      };
      expect(await codes()).toEqual([]);
      const narrower = { clientGrantId, allScopes: false, scopes: ["clients:read"] };
      await operator.request(UPDATE_GRANT, { input: narrower });
      expect(await codes()).toEqual(["apis FORBIDDEN"]);
      const { apiId } = management;
      await updateApi(operator, { apiId, scopes: [{ value: "apis:read" }] });
      expect(await codes()).toEqual(["clients FORBIDDEN", "apis FORBIDDEN"]);
      await updateApi(operator, { apiId, scopes: management.scopes });
      expect(await codes()).toEqual(["clients FORBIDDEN", "apis FORBIDDEN"]);
      await operator.request(UPDATE_GRANT, { input: narrower });
      expect(await codes()).toEqual(["apis FORBIDDEN"]);
      await operator.request(DELETE_GRANT, { input: { clientGrantId } });
      expect(await codes()).toEqual(["clients FORBIDDEN", "apis FORBIDDEN"]);
    });
  });

  describe("the client that introspects the tokens of a project", () => {
    const UPDATE_PROJECT = `mutation ($input: UpdateProjectInput!) {
      updateProject(input: $input) { project { introspectionClientId version } }
    }`;

    test("is a client of the project", async () => {
      const foreign = await createClient((await server.otherProject()).operator);
      for (const introspectionClientId of ["client_unknown", foreign.clientId]) {
        const input = { introspectionClientId };
        const { extensions } = await operator.failure(UPDATE_PROJECT, { input });
        expect(extensions.code).toBe("CLIENT_NOT_FOUND");
      }
    });

    test("introspects no more when it is deleted, nor does a later client with its id", async () => {
      const introspector = { clientId: "of-project", clientSecret: "quite a long secret, it is" };
      await importClient(operator, introspector);
      const token = await issueAccessToken(server, await createClient(operator));
      const introspect = async () => {
        const path = `/projects/${server.projectId}/oauth/introspect`;
        return (await post(server, path, { token }, basicHeader(introspector))).body.active;
      };
      expect(await introspect()).toBe(false);
      const { clientId } = introspector;
      const input = { introspectionClientId: clientId };
      const { updateProject } = await operator.request(UPDATE_PROJECT, { input });
      expect(await introspect()).toBe(true);
      await operator.request(DELETE_CLIENT, { input: { clientId } });
      const { project, auditEvents } = await operator.request(
        `{ project { introspectionClientId version }
          auditEvents(first: 200) { nodes { action targetId } } }`,
      );
      for (const action of [
        { action: "CLIENT_DELETE", targetId: clientId },
        { action: "PROJECT_UPDATE", targetId: server.projectId },
      ]) {
        expect(auditEvents.nodes).toContainEqual(action);
      }
      const { version } = updateProject.project;
      expect(project).toEqual({ introspectionClientId: null, version: version + 1 });
      await importClient(operator, introspector);
      expect(await introspect()).toBe(false);
    });

    test("is none that is deleted at the same time", async () => {
      for (let round = 0; round < 5; round += 1) {
        const { clientId } = await createClient(operator);
        const [named] = await Promise.all([
          operator.send(UPDATE_PROJECT, { input: { introspectionClientId: clientId } }),
          operator.request(DELETE_CLIENT, { input: { clientId } }),
        ]);
        const refusals = named.errors.map(({ extensions }) => extensions.code);
        expect([[], ["CLIENT_NOT_FOUND"]]).toContainEqual(refusals);
        const { project } = await operator.request("{ project { introspectionClientId } }");
        expect(project.introspectionClientId).toBeNull();
      }
    });
  });

  describe("the client that introspects an API's tokens", () => {
    test("is a client of the project", async () => {
      const foreign = await createClient((await server.otherProject()).operator);
      const api = await createApi(operator);
      for (const introspectionClientId of ["client_unknown", foreign.clientId]) {
        const input = { apiId: api.apiId, introspectionClientId };
        const { extensions } = await operator.failure(UPDATE_API, { input });
        expect(extensions.code).toBe("CLIENT_NOT_FOUND");
        const creation = createApi(operator, { introspectionClientId });
        await expect(creation).rejects.toThrow("CLIENT_NOT_FOUND");
      }
    });

    test("introspects no more when it is deleted, nor does a later client with its id", async () => {
      const introspector = { clientId: "introspector", clientSecret: "quite a long secret, it is" };
      await importClient(operator, introspector);
      const api = await createApi(operator, { introspectionClientId: introspector.clientId });
      const client = await createClient(operator);
      await createGrant(operator, client, api);
      const token = await issueAccessToken(server, client, { audience: api.identifier });
      const introspect = async () => {
        const path = `/projects/${server.projectId}/oauth/introspect`;
        return (await post(server, path, { token }, basicHeader(introspector))).body.active;
      };
      expect(await introspect()).toBe(true);
      await operator.request(DELETE_CLIENT, { input: { clientId: introspector.clientId } });
      const { api: after } = await operator.request(GET_API, { apiId: api.apiId });
      expect(after).toMatchObject({ introspectionClientId: null, version: api.version + 1 });
      await importClient(operator, introspector);
      expect(await introspect()).toBe(false);
    });
  });
});
