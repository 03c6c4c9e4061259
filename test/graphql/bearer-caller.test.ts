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

const codeOf = ({ errors }: GraphqlAnswer) => errors[0]?.extensions.code ?? "DONE";

describe("a client that calls with an access token", () => {
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
        "project:write",
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
  /** Calls as a client that has been granted these permissions. */
  const callerWith = async (...scopes: string[]) => {
    const audience = management.identifier;
    return withToken(await issueAccessToken(server, await clientWith(...scopes), { audience }));
  };
  const newClient = { input: { scopes: [] } };

  test("creates clients, if an operator has granted it that", async () => {
    const client = await clientWith("clients:write");
    const token = await issueAccessToken(server, client, { audience: management.identifier });
    const answer = await withToken(token).send(CREATE_CLIENT, newClient);
    expect(answer.errors).toEqual([]);
    const made = answer.data.createClient;
    const credentials = { clientId: made.client.clientId, clientSecret: made.clientSecret };
    expect((await requestToken(server, credentials)).status).toBe(200);
    const { auditEvents } = await server.operator.request(
      "query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { action actorType actorId targetId } } }",
      { filter: { requestId: answer.headers.get("x-request-id") } },
    );
    expect(auditEvents.nodes).toEqual([
      {
        action: "client.create",
        actorType: "CLIENT",
        actorId: client.clientId,
        targetId: made.client.clientId,
      },
    ]);
  });

  test("in any letters of the scheme, and in every form of token", async () => {
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

  test("has the permissions that it was granted, and no others", async () => {
    const reader = await callerWith("clients:read");
    await reader.request("{ clients { totalCount } }");
    expect(codeOf(await reader.send(CREATE_CLIENT, newClient))).toBe("FORBIDDEN");
    expect(codeOf(await reader.send("{ project { name } }"))).toBe("FORBIDDEN");
    const writer = await callerWith("clients:write");
    expect(codeOf(await writer.send(GET_CLIENT, { clientId: "x" }))).toBe("FORBIDDEN");
  });

  test("has those that its token names, where it asked for fewer", async () => {
    const client = await clientWith("clients:read", "clients:write");
    const audience = management.identifier;
    const token = await issueAccessToken(server, client, { audience, scope: "clients:read" });
    await withToken(token).request("{ clients { totalCount } }");
    expect(codeOf(await withToken(token).send(CREATE_CLIENT, newClient))).toBe("FORBIDDEN");
  });

  test("does not get permissions as a client's own scopes, nor from another API", async () => {
    const client = await createClient(server.operator, { scopes: ["clients:write"] });
    const { accessToken } = await issueToken(server.anonymous, client);
    expect(codeOf(await withToken(accessToken).send(CREATE_CLIENT, newClient))).toBe(
      "UNAUTHENTICATED",
    );
    const elsewhere = await createApi(server.operator, { scopes: [{ value: "clients:write" }] });
    await createGrant(server.operator, client, elsewhere);
    const token = await issueAccessToken(server, client, { audience: elsewhere.identifier });
    expect(codeOf(await withToken(token).send(CREATE_CLIENT, newClient))).toBe("UNAUTHENTICATED");
  });

  test.each([
    ["nothing", () => ""],
    ["something else", () => "x.y.z"],
    ["a secret", () => server.managementSecret],
  ])("is nobody with %s", async (_what, token) => {
    expect(codeOf(await withToken(token()).send(CREATE_CLIENT, newClient))).toBe("UNAUTHENTICATED");
  });

  test("is nobody with a token that is tampered with, revoked, expired or its client's no more", async () => {
    const audience = management.identifier;
    const client = await clientWith("clients:read");
    const list = async (token: string) =>
      codeOf(await withToken(token).send("{ clients { totalCount } }"));
    const token = await issueAccessToken(server, client, { audience });
    expect(await list(token)).toBe("DONE");
    expect(await list(`${token.slice(0, -4)}AAAA`)).toBe("UNAUTHENTICATED");
    const { clientId } = client;
    await updateClient(server.operator, { clientId, status: "INACTIVE" });
    expect(await list(token)).toBe("UNAUTHENTICATED");
    await updateClient(server.operator, { clientId, status: "ACTIVE" });
    expect(await list(token)).toBe("DONE");
    await server.operator.request(
      "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { jti } }",
      { input: { accessToken: token } },
    );
    expect(await list(token)).toBe("UNAUTHENTICATED");
    const brief = await issueAccessToken(server, client, { audience });
    server.clock.advance(3600);
    expect(await list(brief)).toBe("UNAUTHENTICATED");
  });

  test("is nobody with a token that is bound to a key which it does not prove", async () => {
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
    const theirs = await createClient(other.operator);
    const caller = await callerWith("clients:read");
    const { client } = await caller.request(GET_CLIENT, { clientId: theirs.clientId });
    expect(client).toBeNull();
    // Nor does the same audience help, which is one of another issuer
    const api = await createApi(other.operator, {
      identifier: management.identifier,
      scopes: [{ value: "clients:read" }],
    });
    await createGrant(other.operator, theirs, api);
    const { projectId } = other;
    const token = await issueToken(server.anonymous, theirs, {
      projectId,
      audience: management.identifier,
    });
    const stranger = withToken(token.accessToken);
    expect(codeOf(await stranger.send("{ clients { totalCount } }"))).toBe("UNAUTHENTICATED");
  });

  test("verifies tokens of its own project", async () => {
    const caller = await callerWith("clients:read");
    const { accessToken } = await issueToken(server.anonymous, await createClient(server.operator));
    await caller.request(VERIFY_TOKEN, { accessToken });
    const nobody = withToken(accessToken);
    expect(codeOf(await nobody.send(VERIFY_TOKEN, { accessToken }))).toBe("UNAUTHENTICATED");
  });

  describe("and a management key cannot pass on more than they have:", () => {
    /** Both kinds of caller, with the same permissions. */
    const callers = async (...scopes: string[]) => [
      await callerWith(...scopes),
      await server.keyWith(...(scopes as Parameters<typeof server.keyWith>)),
    ];
    const grantOf = async (client: NewClient): Promise<GrantView> =>
      (
        await server.operator.request(
          "query ($filter: ClientGrantFilter) { clientGrants(filter: $filter) { nodes { grantId scopes } } }",
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
        expect(await attempt({ scopes: ["clients:read"] })).toBe("DONE");
      }
    });

    test("updateClientGrant, not even of itself", async () => {
      for (const caller of await callers("clients:write", "clients:read")) {
        const { grantId } = await grantOf(await clientWith("clients:read"));
        const attempt = async (access: object) =>
          codeOf(await caller.send(UPDATE_GRANT, { input: { grantId, ...access } }));
        expect(await attempt({ scopes: ["clients:read", "apis:write"] })).toBe("FORBIDDEN");
        expect(await attempt({ scopes: [], allScopes: true })).toBe("FORBIDDEN");
        expect(await attempt({ scopes: ["clients:write"] })).toBe("DONE");
      }
      const itself = await clientWith("clients:write");
      const audience = management.identifier;
      const caller = withToken(await issueAccessToken(server, itself, { audience }));
      const { grantId } = await grantOf(itself);
      const input = { grantId, scopes: ["clients:write", "apis:write"] };
      expect(codeOf(await caller.send(UPDATE_GRANT, { input }))).toBe("FORBIDDEN");
    });

    test("createApi and updateApi of this server's own", async () => {
      const other = await server.otherProject();
      const identifier = `${PUBLIC_URL}/projects/${other.projectId}/graphql`;
      const secret = await other.operator.request(CREATE_KEY, {
        input: { name: "Weaker", permissions: ["apis:write", "clients:read"] },
      });
      const weaker = server.withKey(other.projectId, secret.createManagementKey.secret);
      const make = async (...scopes: string[]) =>
        weaker.send(CREATE_API, {
          input: apiInput({ identifier, scopes: scopes.map((value) => ({ value })) }),
        });
      expect(codeOf(await make("clients:write"))).toBe("FORBIDDEN");
      expect(codeOf(await make("no:permission"))).toBe("BAD_USER_INPUT");
      const made = await make("clients:read");
      expect(codeOf(made)).toBe("DONE");
      const { apiId } = made.data.createApi.api;
      const change = async (...scopes: string[]) =>
        codeOf(
          await weaker.send(UPDATE_API, {
            input: { apiId, scopes: scopes.map((value) => ({ value })) },
          }),
        );
      expect(await change("clients:read", "clients:write")).toBe("FORBIDDEN");
      expect(await change("no:permission")).toBe("BAD_USER_INPUT");
      expect(await change("apis:write")).toBe("DONE");
    });

    test("createApi for an issuer that the project may have one day", async () => {
      const [caller] = await callers("apis:write", "clients:write", "project:write");
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
        expect(await attempt("clients:write")).toBe("FORBIDDEN");
        expect(await attempt("clients:read")).toBe("DONE");
      }
    });

    describe("with clients:write alone, nobody takes over a client that holds more, by", () => {
      const HELD = ["clients:write", "apis:write"];
      let key: string;

      beforeAll(async () => {
        key = (await clientKey()).pem;
      });

      const soon = () => new Date(server.clock.now().getTime() + 3_600_000).toISOString();
      const ways: [string, string, () => object][] = [
        ["startSecretRotation", START_ROTATION, () => ({})],
        ["rotateSecret", ROTATE_SECRET, () => ({})],
        [
          "its keys",
          UPDATE_CLIENT,
          () => ({ tokenEndpointAuthMethod: "PRIVATE_KEY_JWT", publicKeys: [key] }),
        ],
        [
          "where its keys are",
          UPDATE_CLIENT,
          () => ({
            tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
            jwksUrl: "https://keys.example.com/jwks",
          }),
        ],
        ["its method", UPDATE_CLIENT, () => ({ tokenEndpointAuthMethod: "CLIENT_SECRET_POST" })],
        ["making it active", UPDATE_CLIENT, () => ({ status: "ACTIVE" })],
        ["letting it live longer", UPDATE_CLIENT, () => ({ expiresAt: soon() })],
        ["not binding its tokens", UPDATE_CLIENT, () => ({ dpopBoundAccessTokens: false })],
      ];

      test.each(ways)("%s", async (_way, operation, change) => {
        for (const caller of await callers("clients:write")) {
          const { clientId, version } = await clientWith(...HELD);
          const attempt = { input: { clientId, ...change() } };
          const { errors } = await caller.send(operation, attempt);
          expect(errors[0]?.extensions).toEqual({ code: "FORBIDDEN", path: ["input", "clientId"] });
          const { client } = await server.operator.request(GET_CLIENT, { clientId });
          expect(client.version).toBe(version);
          // Whoever holds as much may, and so may anybody with a client that holds no more.
          const equal = await callerWith(...HELD);
          expect(codeOf(await equal.send(operation, attempt))).toBe("DONE");
          const lesser = await clientWith("clients:write");
          const harmless = { input: { clientId: lesser.clientId, ...change() } };
          expect(codeOf(await caller.send(operation, harmless))).toBe("DONE");
          const ordinary = await createClient(server.operator);
          const usual = { input: { clientId: ordinary.clientId, ...change() } };
          expect(codeOf(await caller.send(operation, usual))).toBe("DONE");
        }
      });

      test("reviving one that was switched off", async () => {
        const { clientId } = await clientWith(...HELD);
        await updateClient(server.operator, { clientId, status: "INACTIVE" });
        const [caller] = await callers("clients:write");
        const answer = await caller?.send(UPDATE_CLIENT, { input: { clientId, status: "ACTIVE" } });
        expect(codeOf(answer as GraphqlAnswer)).toBe("FORBIDDEN");
      });

      test("but may rename it, switch it off and cancel what others have started", async () => {
        for (const caller of await callers("clients:write")) {
          const { clientId } = await clientWith(...HELD);
          await server.operator.request(START_ROTATION, { input: { clientId } });
          for (const [operation, change] of [
            [UPDATE_CLIENT, { name: "Renamed" }],
            [UPDATE_CLIENT, { status: "INACTIVE" }],
            [CANCEL_ROTATION, {}],
          ] as const) {
            const answer = await caller.send(operation, { input: { clientId, ...change } });
            expect(codeOf(answer)).toBe("DONE");
          }
        }
      });
    });

    test("but may take away what they do not have", async () => {
      for (const caller of await callers("clients:write")) {
        const { grantId } = await grantOf(await clientWith("apis:write"));
        expect(codeOf(await caller.send(DELETE_GRANT, { input: { grantId } }))).toBe("DONE");
      }
    });
  });

  describe("of a project with an issuer of its own", () => {
    test("uses that issuer's audience, with or without a slash at its end, and no other", async () => {
      for (const issuer of ["https://manage.example.org", "https://manage.example.org/"]) {
        const other = await server.otherProject();
        const former = await createApi(other.operator, {
          identifier: `${PUBLIC_URL}/projects/${other.projectId}/graphql`,
          scopes: [{ value: "clients:read" }],
        });
        await updateProject(other.operator, { issuer });
        const api = await createApi(other.operator, {
          identifier: "https://manage.example.org/graphql",
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
        expect(await list(api.identifier)).toBe("DONE");
        expect(await list(former.identifier)).toBe("UNAUTHENTICATED");
        const weaker = await other.operator.request(CREATE_KEY, {
          input: { name: "Weaker", permissions: ["apis:write"] },
        });
        const caller = server.withKey(other.projectId, weaker.createManagementKey.secret);
        const input = { apiId: api.apiId, scopes: [{ value: "clients:write" }] };
        expect(codeOf(await caller.send(UPDATE_API, { input }))).toBe("FORBIDDEN");
        await other.operator.request(DELETE_API, { input: { apiId: api.apiId } });
        await other.operator.request(UPDATE_PROJECT, { input: { issuer: null } });
        expect(await list(former.identifier)).toBe("DONE");
      }
    });
  });
});
