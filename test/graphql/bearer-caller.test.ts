import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  apiInput,
  CREATE_API,
  CREATE_GRANT,
  clientKey,
  createApi,
  createGrant,
  DELETE_API,
  DELETE_GRANT,
  dpopProof,
  type GrantView,
  issueAccessToken,
  issuerFor,
  requestToken,
  UPDATE_API,
  UPDATE_GRANT,
  updateApi,
} from "../oauth/oauth-operations.js";
import { type GraphqlAnswer, GraphqlClient } from "../support/graphql-client.js";
import {
  CANCEL_ROTATION,
  type ClientView,
  COMPLETE_ROTATION,
  CREATE_CLIENT,
  CREATE_KEY,
  type Credentials,
  createClient,
  GET_CLIENT,
  issueToken,
  ROTATE_SECRET,
  START_ROTATION,
  UPDATE_CLIENT,
  UPDATE_PROJECT,
  updateClient,
  updateProject,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";

type NewClient = ClientView & Credentials;

const codeOf = ({ errors }: GraphqlAnswer) => errors[0]?.extensions.code ?? "SUCCESS";

describe("a client that authenticates with an access token", () => {
  let server: TestServer;
  let management: { apiId: string; identifier: string };

  beforeAll(async () => {
    server = await startTestServer();
    management = await createApi(server.operator, {
      identifier: `${issuerFor(server)}/graphql`,
      scopes: [
        "clients:read",
        "clients:write",
        "apis:read",
        "apis:write",
        "settings:write",
        "management_keys:write",
        "tokens:write",
        "audit:read",
      ].map((value) => ({ value })),
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const withToken = (token: string) => new GraphqlClient(server.url, `Bearer ${token}`);
  const clientWith = async (...scopes: string[]): Promise<NewClient> => {
    const client = await createClient(server.operator);
    await createGrant(server.operator, client, management, { scopes });
    return client;
  };
  /** Creates a client that is granted these permissions, and authenticates with its token. */
  const callerWith = async (...scopes: string[]) => {
    const audience = management.identifier;
    return withToken(await issueAccessToken(server, await clientWith(...scopes), { audience }));
  };
  const newClient = { input: { scopes: [] } };

  test("creates clients if it is granted that permission", async () => {
    const client = await clientWith("clients:write");
    const token = await issueAccessToken(server, client, { audience: management.identifier });
    const answer = await withToken(token).send(CREATE_CLIENT, newClient);
    expect(answer.errors).toEqual([]);
    const created = answer.data.createClient;
    const credentials = { clientId: created.client.clientId, clientSecret: created.clientSecret };
    expect((await requestToken(server, credentials)).status).toBe(200);
    const { auditEvents } = await server.operator.request(
      "query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { action actorType actorId targetId } } }",
      { filter: { requestId: answer.headers.get("x-request-id") } },
    );
    expect(auditEvents.nodes).toEqual([
      {
        action: "CLIENT_CREATE",
        actorType: "CLIENT",
        actorId: client.clientId,
        targetId: created.client.clientId,
      },
    ]);
  });

  test("can use any case of the scheme and any token profile", async () => {
    for (const tokenProfile of ["AUTH0", "RFC9068", "DEFAULT"]) {
      await updateApi(server.operator, { apiId: management.apiId, tokenProfile });
      const client = await clientWith("clients:read");
      const token = await issueAccessToken(server, client, { audience: management.identifier });
      for (const scheme of ["Bearer", "bearer", "BEARER"]) {
        const caller = new GraphqlClient(server.url, `${scheme} ${token}`);
        await caller.request("{ clients { totalCount } }");
      }
    }
  });

  test("has the permissions of its grant only", async () => {
    const reader = await callerWith("clients:read");
    await reader.request("{ clients { totalCount } }");
    expect(codeOf(await reader.send(CREATE_CLIENT, newClient))).toBe("FORBIDDEN");
    expect(codeOf(await reader.send("{ project { name } }"))).toBe("FORBIDDEN");
    const writer = await callerWith("clients:write");
    expect(codeOf(await writer.send(GET_CLIENT, { clientId: "x" }))).toBe("FORBIDDEN");
  });

  test("has only the permissions that its token names", async () => {
    const client = await clientWith("clients:read", "clients:write");
    const audience = management.identifier;
    const token = await issueAccessToken(server, client, { audience, scope: "clients:read" });
    await withToken(token).request("{ clients { totalCount } }");
    expect(codeOf(await withToken(token).send(CREATE_CLIENT, newClient))).toBe("FORBIDDEN");
  });

  test("gets no permissions from its own scopes or from another API", async () => {
    const client = await createClient(server.operator, { scopes: ["clients:write"] });
    const { accessToken } = await issueToken(server.anonymous, client);
    expect(codeOf(await withToken(accessToken).send(CREATE_CLIENT, newClient))).toBe(
      "UNAUTHENTICATED",
    );
    const otherApi = await createApi(server.operator, { scopes: [{ value: "clients:write" }] });
    await createGrant(server.operator, client, otherApi);
    const token = await issueAccessToken(server, client, { audience: otherApi.identifier });
    expect(codeOf(await withToken(token).send(CREATE_CLIENT, newClient))).toBe("UNAUTHENTICATED");
  });

  test.each([
    ["an empty token", () => ""],
    ["a malformed token", () => "x.y.z"],
    ["a management secret", () => server.managementSecret],
  ])("is not authenticated by %s", async (_what, token) => {
    expect(codeOf(await withToken(token()).send(CREATE_CLIENT, newClient))).toBe("UNAUTHENTICATED");
  });

  test("is not authenticated by a tampered, revoked or expired token, or one of an inactive client", async () => {
    const audience = management.identifier;
    const client = await clientWith("clients:read");
    const list = async (token: string) =>
      codeOf(await withToken(token).send("{ clients { totalCount } }"));
    const token = await issueAccessToken(server, client, { audience });
    expect(await list(token)).toBe("SUCCESS");
    expect(await list(`${token.slice(0, -4)}AAAA`)).toBe("UNAUTHENTICATED");
    const { clientId } = client;
    await updateClient(server.operator, { clientId, status: "INACTIVE" });
    expect(await list(token)).toBe("UNAUTHENTICATED");
    await updateClient(server.operator, { clientId, status: "ACTIVE" });
    expect(await list(token)).toBe("SUCCESS");
    await server.operator.request(
      "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { jti } }",
      { input: { accessToken: token } },
    );
    expect(await list(token)).toBe("UNAUTHENTICATED");
    const brief = await issueAccessToken(server, client, { audience });
    server.clock.advance(3600);
    expect(await list(brief)).toBe("UNAUTHENTICATED");
  });

  test("is not authenticated by a DPoP-bound token without a proof", async () => {
    const client = await clientWith("clients:read");
    const key = await clientKey();
    const challenge = await requestToken(
      server,
      client,
      {},
      { dpop: await dpopProof(server, key) },
    );
    const nonce = challenge.headers.get("dpop-nonce") ?? "";
    const dpop = await dpopProof(server, key, { claims: { nonce } });
    const audience = management.identifier;
    const { body } = await requestToken(server, client, { audience }, { dpop });
    expect(body.token_type).toBe("DPoP");
    for (const scheme of ["Bearer", "DPoP"]) {
      const caller = new GraphqlClient(server.url, `${scheme} ${body.access_token}`);
      expect(codeOf(await caller.send("{ clients { totalCount } }"))).toBe("UNAUTHENTICATED");
    }
  });

  test("acts in its own project", async () => {
    const other = await server.otherProject();
    const foreignClient = await createClient(other.operator);
    const caller = await callerWith("clients:read");
    const { client } = await caller.request(GET_CLIENT, { clientId: foreignClient.clientId });
    expect(client).toBeNull();
    // An equal audience of another project has another issuer, so it does not authenticate either.
    const api = await createApi(other.operator, {
      identifier: management.identifier,
      scopes: [{ value: "clients:read" }],
    });
    await createGrant(other.operator, foreignClient, api);
    const { projectId } = other;
    const token = await issueToken(server.anonymous, foreignClient, {
      projectId,
      audience: management.identifier,
    });
    const foreignCaller = withToken(token.accessToken);
    expect(codeOf(await foreignCaller.send("{ clients { totalCount } }"))).toBe("UNAUTHENTICATED");
  });

  test("verifies tokens of its own project", async () => {
    const caller = await callerWith("clients:read");
    const { accessToken } = await issueToken(server.anonymous, await createClient(server.operator));
    await caller.request(VERIFY_TOKEN, { input: { accessToken } });
    const withoutPermission = withToken(accessToken);
    expect(codeOf(await withoutPermission.send(VERIFY_TOKEN, { input: { accessToken } }))).toBe(
      "UNAUTHENTICATED",
    );
  });

  describe("and a management key cannot grant more than their own permissions with", () => {
    /** Creates a client's caller and a management key's, with the same permissions. */
    const callers = async (...scopes: string[]) => [
      await callerWith(...scopes),
      await server.keyWith(...(scopes as Parameters<typeof server.keyWith>)),
    ];
    const grantOf = async (client: NewClient): Promise<GrantView> =>
      (
        await server.operator.request(
          "query ($filter: ClientGrantFilter) { clientGrants(filter: $filter) { nodes { clientGrantId scopes } } }",
          { filter: { clientId: client.clientId, apiId: management.apiId } },
        )
      ).clientGrants.nodes[0];
    const grant = (client: NewClient, access: object) => ({
      input: { clientId: client.clientId, apiId: management.apiId, ...access },
    });

    test("createClientGrant", async () => {
      for (const caller of await callers("clients:write", "clients:read")) {
        const client = await createClient(server.operator);
        const attempt = async (access: object) =>
          codeOf(await caller.send(CREATE_GRANT, grant(client, access)));
        expect(await attempt({ scopes: ["apis:write"] })).toBe("FORBIDDEN");
        expect(await attempt({ scopes: ["clients:read", "apis:write"] })).toBe("FORBIDDEN");
        expect(await attempt({ allScopes: true })).toBe("FORBIDDEN");
        expect(await attempt({ scopes: ["clients:read"] })).toBe("SUCCESS");
      }
    });

    test("updateClientGrant, not even for itself", async () => {
      for (const caller of await callers("clients:write", "clients:read")) {
        const { clientGrantId } = await grantOf(await clientWith("clients:read"));
        const attempt = async (access: object) =>
          codeOf(await caller.send(UPDATE_GRANT, { input: { clientGrantId, ...access } }));
        expect(await attempt({ scopes: ["clients:read", "apis:write"] })).toBe("FORBIDDEN");
        expect(await attempt({ scopes: [], allScopes: true })).toBe("FORBIDDEN");
        expect(await attempt({ scopes: ["clients:write"] })).toBe("SUCCESS");
      }
      const itself = await clientWith("clients:write");
      const audience = management.identifier;
      const caller = withToken(await issueAccessToken(server, itself, { audience }));
      const { clientGrantId } = await grantOf(itself);
      const input = { clientGrantId, scopes: ["clients:write", "apis:write"] };
      expect(codeOf(await caller.send(UPDATE_GRANT, { input }))).toBe("FORBIDDEN");
    });

    test("createApi and updateApi with this server's audience", async () => {
      const other = await server.otherProject();
      const identifier = `${PUBLIC_URL}/projects/${other.projectId}/graphql`;
      const secret = await other.operator.request(CREATE_KEY, {
        input: { name: "Weaker", permissions: ["APIS_WRITE", "CLIENTS_READ"] },
      });
      const weaker = server.withKey(other.projectId, secret.createManagementKey.secret);
      const create = async (...scopes: string[]) =>
        weaker.send(CREATE_API, {
          input: apiInput({ identifier, scopes: scopes.map((value) => ({ value })) }),
        });
      expect(codeOf(await create("clients:write"))).toBe("FORBIDDEN");
      expect(codeOf(await create("no:permission"))).toBe("BAD_USER_INPUT");
      const answer = await create("clients:read");
      expect(codeOf(answer)).toBe("SUCCESS");
      const { apiId } = answer.data.createApi.api;
      const change = async (...scopes: string[]) =>
        codeOf(
          await weaker.send(UPDATE_API, {
            input: { apiId, scopes: scopes.map((value) => ({ value })) },
          }),
        );
      expect(await change("clients:read", "clients:write")).toBe("FORBIDDEN");
      expect(await change("no:permission")).toBe("BAD_USER_INPUT");
      expect(await change("apis:write")).toBe("SUCCESS");
    });

    test("createApi with the audience of an issuer that the project could be given", async () => {
      const [caller] = await callers("apis:write", "clients:write", "settings:write");
      const input = apiInput({
        identifier: "https://soon.example.com/graphql",
        scopes: [{ value: "management_keys:write" }],
      });
      expect(codeOf((await caller?.send(CREATE_API, { input })) as GraphqlAnswer)).toBe(
        "FORBIDDEN",
      );
    });

    test("createManagementKey", async () => {
      for (const caller of await callers("management_keys:write", "clients:read")) {
        const attempt = async (...permissions: string[]) =>
          codeOf(await caller.send(CREATE_KEY, { input: { name: "x", permissions } }));
        expect(await attempt("CLIENTS_WRITE")).toBe("FORBIDDEN");
        expect(await attempt("CLIENTS_READ")).toBe("SUCCESS");
      }
    });

    describe("with clients:write alone, they cannot take over a client with more permissions by", () => {
      const HELD = ["clients:write", "apis:write"];
      let key: string;

      beforeAll(async () => {
        key = (await clientKey()).pem;
      });

      const inHours = (hours: number) =>
        new Date(server.clock.now().getTime() + hours * 3_600_000).toISOString();
      const asItIs = () => ({});
      /** How, by which operation, its input, and what the client is before. */
      const changes: [string, string, () => object, () => object][] = [
        ["startSecretRotation", START_ROTATION, () => ({}), asItIs],
        ["rotateSecret", ROTATE_SECRET, () => ({}), asItIs],
        [
          "changing its keys",
          UPDATE_CLIENT,
          () => ({
            tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
            keys: { publicKeys: [{ pem: key }] },
          }),
          asItIs,
        ],
        [
          "changing its key URL",
          UPDATE_CLIENT,
          () => ({
            tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
            keys: { jwksUrl: "https://keys.example.com/jwks" },
          }),
          asItIs,
        ],
        [
          "changing its authentication method",
          UPDATE_CLIENT,
          () => ({ tokenEndpointAuthMethod: "CLIENT_SECRET_POST" }),
          asItIs,
        ],
        [
          "activating it",
          UPDATE_CLIENT,
          () => ({ status: "ACTIVE" }),
          () => ({ status: "INACTIVE" }),
        ],
        [
          "extending its expiry",
          UPDATE_CLIENT,
          () => ({ expiresAt: inHours(2) }),
          () => ({ expiresAt: inHours(1) }),
        ],
        [
          "ending the DPoP binding of its tokens",
          UPDATE_CLIENT,
          () => ({ dpopBoundAccessTokens: false }),
          () => ({ dpopBoundAccessTokens: true }),
        ],
      ];

      test.each(changes)("%s", async (_how, operation, change, before) => {
        const prepared = async (...scopes: string[]) => {
          const { clientId } = await clientWith(...scopes);
          const input = { input: { clientId, ...before() } };
          return (await server.operator.request(UPDATE_CLIENT, input)).updateClient.client;
        };
        for (const caller of await callers("clients:write")) {
          const { clientId, version } = await prepared(...HELD);
          const attempt = { input: { clientId, ...change() } };
          const { errors } = await caller.send(operation, attempt);
          const field = expect.stringMatching(/^(?:clientId|expiresAt)$/);
          expect(errors[0]?.extensions).toEqual({ code: "FORBIDDEN", path: ["input", field] });
          const { client } = await server.operator.request(GET_CLIENT, { clientId });
          expect(client.version).toBe(version);
          // A caller with the same permissions may change it, and this caller may change weaker clients.
          const equal = await callerWith(...HELD);
          expect(codeOf(await equal.send(operation, attempt))).toBe("SUCCESS");
          const lesser = await prepared("clients:write");
          const harmless = { input: { clientId: lesser.clientId, ...change() } };
          expect(codeOf(await caller.send(operation, harmless))).toBe("SUCCESS");
          const ordinary = await createClient(server.operator);
          const usual = { input: { clientId: ordinary.clientId, ...change() } };
          expect(codeOf(await caller.send(operation, usual))).toBe("SUCCESS");
        }
      });

      test("activating it after it was deactivated", async () => {
        const { clientId } = await clientWith(...HELD);
        await updateClient(server.operator, { clientId, status: "INACTIVE" });
        const [caller] = await callers("clients:write");
        const answer = await caller?.send(UPDATE_CLIENT, { input: { clientId, status: "ACTIVE" } });
        expect(codeOf(answer as GraphqlAnswer)).toBe("FORBIDDEN");
      });

      test("with clients:write alone, they may rename a stronger client, deactivate it and end its rotation", async () => {
        for (const caller of await callers("clients:write")) {
          const { clientId } = await clientWith(...HELD);
          await server.operator.request(START_ROTATION, { input: { clientId } });
          const cancelled = await caller.send(CANCEL_ROTATION, { input: { clientId } });
          expect(codeOf(cancelled)).toBe("SUCCESS");
          await server.operator.request(START_ROTATION, { input: { clientId } });
          for (const [operation, change] of [
            [UPDATE_CLIENT, { name: "Renamed" }],
            [UPDATE_CLIENT, { status: "INACTIVE" }],
            [COMPLETE_ROTATION, {}],
          ] as const) {
            const answer = await caller.send(operation, { input: { clientId, ...change } });
            expect(codeOf(answer)).toBe("SUCCESS");
          }
        }
      });
    });

    test("may delete grants of permissions that they do not have", async () => {
      for (const caller of await callers("clients:write")) {
        const { clientGrantId } = await grantOf(await clientWith("apis:write"));
        expect(codeOf(await caller.send(DELETE_GRANT, { input: { clientGrantId } }))).toBe(
          "SUCCESS",
        );
      }
    });
  });

  describe("of a project with a custom issuer", () => {
    test("must use that issuer's audience, with or without a trailing slash in the issuer", async () => {
      for (const issuer of ["https://manage.example.org", "https://slash.example.org/"]) {
        const other = await server.otherProject();
        const former = await createApi(other.operator, {
          identifier: `${PUBLIC_URL}/projects/${other.projectId}/graphql`,
          scopes: [{ value: "clients:read" }],
        });
        await updateProject(other.operator, { issuer });
        const api = await createApi(other.operator, {
          identifier: `${issuer.replace(/\/$/, "")}/graphql`,
          scopes: [{ value: "clients:read" }],
        });
        const client = await createClient(other.operator);
        const list = async (audience: string) => {
          const { projectId } = other;
          const { accessToken } = await issueToken(server.anonymous, client, {
            projectId,
            audience,
          });
          return codeOf(await withToken(accessToken).send("{ clients { totalCount } }"));
        };
        await createGrant(other.operator, client, api);
        await createGrant(other.operator, client, former);
        expect(await list(api.identifier)).toBe("SUCCESS");
        expect(await list(former.identifier)).toBe("UNAUTHENTICATED");
        const weaker = await other.operator.request(CREATE_KEY, {
          input: { name: "Weaker", permissions: ["APIS_WRITE"] },
        });
        const caller = server.withKey(other.projectId, weaker.createManagementKey.secret);
        const input = { apiId: api.apiId, scopes: [{ value: "clients:write" }] };
        expect(codeOf(await caller.send(UPDATE_API, { input }))).toBe("FORBIDDEN");
        await other.operator.request(DELETE_API, { input: { apiId: api.apiId } });
        await other.operator.request(UPDATE_PROJECT, { input: { issuer: null } });
        expect(await list(former.identifier)).toBe("SUCCESS");
      }
    });
  });
});
