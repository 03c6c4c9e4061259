import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PROJECT_PERMISSIONS } from "../../src/shared/permissions.js";
import {
  type ApiView,
  CREATE_GRANT,
  clientKey,
  createApi,
  createGrant,
  DELETE_GRANT,
  issuerFor,
  UPDATE_GRANT,
} from "../oauth/oauth-operations.js";
import { GITHUB, WORKLOAD_AUDIENCE } from "../oauth/token-exchange-operations.js";
import { basicAuthorization, GraphqlClient } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  DELETE_CLIENT,
  getClient,
  IMPORT_CLIENT,
  ISSUE_TOKEN,
  ROTATE_SECRET,
  START_ROTATION,
  UPDATE_CLIENT,
  updateClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { CREATE_PROFILE, profileInput } from "../trusted-auth/attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const ALL_SCOPES = PROJECT_PERMISSIONS.map((value) => ({ value }));

describe("a client with permissions on this server", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let management: ApiView;
  let issuer: ForeignIssuer;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    const identifier = `${issuerFor(server)}/graphql`;
    management = await createApi(operator, { identifier, scopes: ALL_SCOPES });
  });

  afterAll(async () => {
    await server.stop();
  });

  const code = async (as: GraphqlClient, operation: string, input: object) =>
    (await as.failure(operation, { input })).extensions.code;
  const powerful = async (
    api = management,
    input: object = { scopes: ["management_keys:write"] },
  ) => {
    const client = await createClient(operator);
    const { clientGrantId } = await createGrant(operator, client, api, input);
    return { ...client, clientGrantId };
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

  describe("gives no credential to somebody with fewer", () => {
    /** Everything by which somebody would act as the client. */
    async function refuseEveryWay(as: GraphqlClient, { clientId }: ClientView) {
      const { jwk } = await clientKey();
      const keys = { publicKeys: [{ jwk }] };
      const changes = [
        { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT", keys },
        { tokenEndpointAuthMethod: "CLIENT_SECRET_POST" },
      ];
      for (const change of changes) {
        expect(await code(as, UPDATE_CLIENT, { clientId, ...change })).toBe("FORBIDDEN");
      }
      expect(await code(as, ROTATE_SECRET, { clientId })).toBe("FORBIDDEN");
      expect(await code(as, START_ROTATION, { clientId })).toBe("FORBIDDEN");
      expect(await code(as, CREATE_PROFILE, workloadProfile(clientId))).toBe("FORBIDDEN");
    }

    test("after the project has got another issuer", async () => {
      const client = await powerful();
      const writer = await server.keyWith("settings:write", "clients:write", "profiles:write");
      await refuseEveryWay(writer, client);
      await writer.request(
        "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { projectId } } }",
        {
          input: { issuer: "https://elsewhere.example.com" },
        },
      );
      await refuseEveryWay(writer, client);
      await updateProject(operator, { issuer: null });
    });

    test("before the project has the issuer that its API is prepared for", async () => {
      const identifier = "https://future.example.com/graphql";
      const future = await createApi(operator, { identifier, scopes: ALL_SCOPES });
      const client = await powerful(future);
      await refuseEveryWay(await server.keyWith("clients:write", "profiles:write"), client);
    });

    test("until its API no longer defines the granted scopes, which it then has lost for good", async () => {
      const identifier = "https://narrowed.example.com/graphql";
      const api = await createApi(operator, { identifier, scopes: ALL_SCOPES });
      const client = await powerful(api);
      const writer = await server.keyWith("clients:write", "profiles:write");
      await refuseEveryWay(writer, client);
      for (const scopes of [[], ALL_SCOPES]) {
        await operator.request(
          "mutation ($input: UpdateApiInput!) { updateApi(input: $input) { api { apiId } } }",
          { input: { apiId: api.apiId, scopes } },
        );
      }
      await writer.request(ROTATE_SECRET, { input: { clientId: client.clientId } });
    });

    test("while it may get every scope that its API gets later", async () => {
      const identifier = "https://empty.example.com/graphql";
      const api = await createApi(operator, { identifier, scopes: [] });
      const client = await powerful(api, { allScopes: true });
      await refuseEveryWay(await server.keyWith("clients:write", "profiles:write"), client);
      const input = { clientId: (await createClient(operator)).clientId, apiId: api.apiId };
      const writer = await server.keyWith("clients:write");
      expect(await code(writer, CREATE_GRANT, { ...input, allScopes: true })).toBe("FORBIDDEN");
    });

    test("when it is reactivated, ends later or no longer needs DPoP", async () => {
      const client = await powerful();
      const { clientId } = client;
      const writer = await server.keyWith("clients:write", "clients:read");
      const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
      await updateClient(writer, { clientId, name: "Renamed" });
      await updateClient(writer, {
        clientId,
        expiresAt,
        status: "INACTIVE",
        dpopBoundAccessTokens: true,
      });
      for (const change of [
        { status: "ACTIVE" },
        { expiresAt: null },
        { dpopBoundAccessTokens: false },
      ]) {
        expect(await code(writer, UPDATE_CLIENT, { clientId, ...change })).toBe("FORBIDDEN");
      }
      await updateClient(operator, {
        clientId,
        expiresAt: null,
        status: "ACTIVE",
        dpopBoundAccessTokens: false,
      });
    });
  });

  describe("gets these only if those who made its credentials had them", () => {
    const scopes = ["management_keys:write"];
    const attacker = () => server.keyWith("clients:write", "clients:read", "profiles:write");
    const failure = async (operation: string, input: object) => {
      const { message, extensions } = await operator.failure(operation, { input });
      return { message, code: extensions.code };
    };
    const works = async ({ clientId }: ClientView, clientSecret: string) => {
      const input = { clientId, clientSecret, audience: management.identifier };
      return (await server.anonymous.send(ISSUE_TOKEN, { input })).errors.length === 0;
    };

    test("so a secret that was staged while a grant was empty does not get what it had before", async () => {
      const client = await powerful();
      const writer = await attacker();
      const { clientId, clientGrantId } = client;
      await writer.request(UPDATE_GRANT, { input: { clientGrantId, scopes: [] } });
      const { startSecretRotation: staged } = await writer.request(START_ROTATION, {
        input: { clientId },
      });
      const secret = staged.nextClientSecret;
      const repair = { clientGrantId, scopes };
      const refused = await failure(UPDATE_GRANT, repair);
      expect(refused.code).toBe("PRECONDITION_FAILED");
      expect(refused.message).toContain(`NEXT secret (…${secret.slice(-4)})`);
      expect(refused.message).not.toContain("CURRENT");
      await operator.request(UPDATE_GRANT, { input: { ...repair, endSecrets: true } });
      expect(await works(client, secret)).toBe(false);
      expect(await works(client, client.clientSecret)).toBe(true);
      expect((await getClient(operator, clientId))?.secrets.map(({ status }) => status)).toEqual([
        "CURRENT",
      ]);
      const { auditEvents } = await operator.request(
        "query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { action } } }",
        { filter: { targetId: clientId } },
      );
      expect(auditEvents.nodes).toContainEqual({ action: "CLIENT_END_SECRETS" });
    });

    test("so a grant that was deleted does not come back to a rotated secret", async () => {
      const { clientId, clientGrantId } = await powerful();
      const writer = await attacker();
      await writer.request(DELETE_GRANT, { input: { clientGrantId } });
      await writer.request(ROTATE_SECRET, { input: { clientId } });
      const input = { clientId, apiId: management.apiId, scopes };
      expect((await failure(CREATE_GRANT, input)).code).toBe("PRECONDITION_FAILED");
      await operator.request(CREATE_GRANT, { input: { ...input, endSecrets: true } });
      expect((await getClient(operator, clientId))?.secrets.map(({ status }) => status)).toEqual([
        "PREVIOUS",
      ]);
    });

    test("so a client that was deleted and imported anew does not get its predecessor's grant", async () => {
      const writer = await attacker();
      const input = { clientId: "replaced", clientSecret: "a secret that the attacker knows" };
      await operator.request(IMPORT_CLIENT, { input });
      await writer.request(DELETE_CLIENT, { input: { clientId: "replaced" } });
      await writer.request(IMPORT_CLIENT, { input });
      const grant = { clientId: "replaced", apiId: management.apiId, scopes };
      expect((await failure(CREATE_GRANT, grant)).code).toBe("PRECONDITION_FAILED");
    });

    test("so keys and profiles are vouched for first", async () => {
      const writer = await attacker();
      const { jwk } = await clientKey();
      const keys = { publicKeys: [{ jwk }] };
      const { clientId } = await createClient(writer, {
        tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
        keys,
      });
      const { createProfile } = await writer.request(CREATE_PROFILE, {
        input: workloadProfile(clientId),
      });
      const { profileId } = createProfile.profile;
      const grant = { clientId, apiId: management.apiId, scopes, endSecrets: true };
      const both = await failure(CREATE_GRANT, grant);
      expect(both.message).toContain("its keys");
      expect(both.message).toContain(profileId);
      const vouched = await updateClient(operator, { clientId, keys });
      expect((await updateClient(operator, { clientId, keys })).version).toBe(vouched.version);
      expect((await updateClient(writer, { clientId, keys })).version).toBe(vouched.version);
      expect((await failure(CREATE_GRANT, grant)).message).not.toContain("its keys");
      await operator.request(
        "mutation ($input: DeleteProfileInput!) { deleteProfile(input: $input) { profileId } }",
        {
          input: { profileId },
        },
      );
      await operator.request(CREATE_PROFILE, { input: workloadProfile(clientId) });
      await operator.request(CREATE_GRANT, { input: grant });
    });

    test("so a key that somebody adds to a profile weakens it", async () => {
      const { clientId } = await createClient(operator);
      const { createProfile } = await operator.request(CREATE_PROFILE, {
        input: workloadProfile(clientId),
      });
      const { profileId } = createProfile.profile;
      const other = await foreignIssuer(server.clock, "ES256");
      const writer = await attacker();
      await writer.request(
        "mutation ($input: AddProfileKeyInput!) { addProfileKey(input: $input) { profile { profileId } } }",
        {
          input: { profileId, publicKey: { pem: other.pem } },
        },
      );
      const grant = { clientId, apiId: management.apiId, scopes };
      expect((await failure(CREATE_GRANT, grant)).message).toContain(profileId);
    });

    test("and one key sets up a client and its grant without further ado", async () => {
      const writer = await server.keyWith("clients:write", "clients:read", "management_keys:write");
      const client: ClientView & Credentials = await createClient(writer);
      const grant = await createGrant(writer, client, management, { scopes });
      expect(await works(client, client.clientSecret)).toBe(true);
      // What the makers had is not asked again, and what the grant loses needs nobody.
      await writer.request(UPDATE_GRANT, {
        input: { clientGrantId: grant.clientGrantId, accessTokenLifetimeSeconds: 60 },
      });
      await writer.request(UPDATE_GRANT, {
        input: { clientGrantId: grant.clientGrantId, scopes: [] },
      });
    });

    test("and a grant on another API asks nothing about makers", async () => {
      const client = await createClient(await attacker());
      await createGrant(operator, client, await createApi(operator));
    });
  });

  test("gets no permission while somebody with fewer gives it a secret", async () => {
    const second = await server.secondInstance();
    const { projectId, managementSecret } = server;
    const authorization = basicAuthorization(projectId, managementSecret);
    const elsewhere = second ? new GraphqlClient(second.url, authorization) : operator;
    const writer = await server.keyWith("clients:write");
    const outcomes: string[][] = [];
    for (let round = 0; round < 10; round++) {
      const { clientId } = await createClient(operator);
      const input = { clientId, apiId: management.apiId, scopes: ["management_keys:write"] };
      const [granted, rotated] = await Promise.all([
        elsewhere.send(CREATE_GRANT, { input }),
        writer.send(ROTATE_SECRET, { input: { clientId } }),
      ]);
      outcomes.push([granted, rotated].map(({ errors }) => errors[0]?.extensions.code ?? "done"));
    }
    await second?.stop();
    const allowed = [
      ["done", "FORBIDDEN"],
      ["PRECONDITION_FAILED", "done"],
    ];
    for (const outcome of outcomes) expect(allowed).toContainEqual(outcome);
  });
});
