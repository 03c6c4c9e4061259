import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { basicAuthorization } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  updateClient,
  updateProject,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  type ApiView,
  ASSERTION_TYPE,
  assertion,
  basicHeader,
  clientKey,
  createApi,
  createGrant,
  GRANT,
  type OAuthAnswer,
  post,
  postCredentials,
  postJson,
  requestToken,
  send,
  tokenPath,
} from "./oauth-operations.js";

const CHALLENGE = 'Basic realm="countersign", charset="UTF-8"';

describe("the token endpoint", () => {
  let server: TestServer;
  let client: ClientView & Credentials;
  let otherClient: ClientView & Credentials;
  let withoutGrantType: ClientView & Credentials;
  let api: ApiView;
  let auth0Api: ApiView;

  beforeAll(async () => {
    server = await startTestServer();
    const { operator } = server;
    client = await createClient(operator, { scopes: ["read:users"] });
    otherClient = await createClient(operator);
    withoutGrantType = await createClient(operator, { grantTypes: [] });
    api = await createApi(operator, { identifier: "https://api.example.com" });
    auth0Api = await createApi(operator, {
      identifier: "https://auth0.example.com",
      tokenProfile: "AUTH0",
    });
    await createGrant(operator, client, api, { scopes: ["read:invoices"] });
    await createGrant(operator, client, auth0Api, { scopes: ["read:invoices"] });
  });

  afterAll(async () => {
    await server.stop();
  });

  const form = (parameters: Record<string, string> | [string, string][], headers = {}) =>
    post(server, tokenPath(server), parameters, headers);

  const expectRefusal = (
    answer: OAuthAnswer,
    status: number,
    error: string,
    error_description: string,
  ) => {
    expect({ status: answer.status, body: answer.body }).toEqual({
      status,
      body: { error, error_description },
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("pragma")).toBe("no-cache");
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.headers.get("www-authenticate")).toBe(status === 401 ? CHALLENGE : null);
  };

  type Row = [what: string, answer: () => Promise<OAuthAnswer>, description: string];
  const rows = (status: number, error: string, list: Row[]) =>
    test.each(list)(`answers ${error} for %s`, async (_what, request, description) => {
      expectRefusal(await request(), status, error, description);
    });

  const UNREADABLE = "The body must be form-encoded or a JSON object";
  const FAILED = "Client authentication failed";
  const typed = (type: string | null, body: string) =>
    send(server, tokenPath(server), {
      method: "POST",
      body: Buffer.from(body),
      headers: type === null ? {} : { "content-type": type },
    });
  const json = (body: unknown) => postJson(server, tokenPath(server), body);

  rows(400, "invalid_request", [
    ["no grant_type", () => form({ client_id: "x" }), "Missing required parameter: grant_type"],
    [
      "an empty grant_type",
      () => form({ ...postCredentials(client), grant_type: "" }),
      "Missing required parameter: grant_type",
    ],
    [
      "parameters in the query",
      () =>
        post(server, `${tokenPath(server)}?${new URLSearchParams(postCredentials(client))}`, {}),
      "Missing required parameter: grant_type",
    ],
    [
      "a secret without an id",
      () => form({ ...GRANT, client_secret: client.clientSecret }),
      "Missing required parameter: client_id",
    ],
    [
      "a repeated parameter",
      () => form([...Object.entries(postCredentials(client)), ["scope", "a"], ["scope", "a"]]),
      "A parameter must not be repeated",
    ],
    [
      "a repeated grant_type",
      () => form([...Object.entries(postCredentials(client)), ...Object.entries(GRANT)]),
      "A parameter must not be repeated",
    ],
    [
      "a header and a body that both authenticate",
      () => form(postCredentials(client), basicHeader(client)),
      "The request must use only one client authentication method",
    ],
    [
      "an assertion and a secret",
      () => form({ ...postCredentials(client), client_assertion: "a.b.c" }),
      "The request must use only one client authentication method",
    ],
    [
      "audience and resource that differ",
      () => requestToken(server, client, { audience: api.identifier, resource: "https://x.test" }),
      "audience and resource must be the same, or one of them absent",
    ],
    [
      "an audience of 1025 characters",
      () => requestToken(server, client, { audience: "x".repeat(1025) }),
      "Must have at most 1024 characters",
    ],
    [
      "a grant type of 256 characters",
      () => requestToken(server, client, { grant_type: "x".repeat(256) }),
      "Must have at most 255 characters",
    ],
    [
      "a client id of 1025 characters",
      () => requestToken(server, { ...client, clientId: "x".repeat(1025) }),
      "Must have at most 1024 characters",
    ],
    [
      "a thousand and one parameters",
      () => form(Array.from({ length: 1001 }, (_, at): [string, string] => [`p${at}`, ""])),
      "The body must have at most 1000 parameters",
    ],
    [
      "JSON that nests deeper than 64 levels",
      () => json({ x: JSON.parse("[".repeat(64) + "]".repeat(64)) }),
      "JSON must not nest deeper than 64 levels",
    ],
    [
      "JSON of 60,000 values",
      () => json({ x: new Array(60_000).fill(1) }),
      "JSON must have at most 20000 values",
    ],
    [
      "a NUL",
      () => requestToken(server, client, { scope: "a\u0000" }),
      "A parameter must be valid Unicode without the NUL character",
    ],
    ["plain text", () => typed("text/plain", "grant_type=client_credentials"), UNREADABLE],
    ["XML", () => typed("application/xml", "<a/>"), UNREADABLE],
    [
      "a body without a content type",
      () => typed(null, "grant_type=client_credentials"),
      UNREADABLE,
    ],
    ["no body at all", () => send(server, tokenPath(server), { method: "POST" }), UNREADABLE],
    ["broken JSON", () => json('{"grant_type":'), UNREADABLE],
    ...[
      '{"grant_type":"client_credentials","scope":"read:users","scope":"write:users"}',
      '{"grant_type":"client_credentials","scope":"read:users","\\u0073cope":"read:users"}',
      '{"grant_type":"client_credentials","unknown":{"a":[{"b":1,"b":1}]}}',
    ].map(
      (body): Row => [
        `a name that ${body} has twice`,
        () => json(body),
        "JSON must not have two members of the same name in one object",
      ],
    ),
    ["a __proto__ member", () => json('{"__proto__":{"grant_type":"x"}}'), UNREADABLE],
    ["empty JSON", () => json(""), UNREADABLE],
    ["a JSON list", () => json([GRANT]), UNREADABLE],
    ["a JSON string", () => json('"grant_type=client_credentials"'), UNREADABLE],
    ["JSON null", () => json("null"), UNREADABLE],
    [
      "a list as scope",
      () => json({ ...GRANT, scope: ["a"] }),
      "scope must be one string, in which spaces separate the scopes",
    ],
    ["a number as id", () => json({ ...GRANT, client_id: 5 }), "client_id must be one string"],
    [
      "a list as audience",
      () => json({ ...GRANT, audience: ["a"] }),
      "audience must be one string",
    ],
    ...["scope[]", "scope[0]", "scopes", "Scope", "scope[a][]"].map(
      (name): Row => [
        `the parameter ${name}`,
        () => form({ ...GRANT, [name]: "read:users" }, basicHeader(client)),
        "The parameter is named scope: scope must be one string, in which spaces separate the scopes",
      ],
    ),
    [
      "a list as scopes",
      () => json({ ...GRANT, scopes: ["read:users"] }),
      "The parameter is named scope: scope must be one string, in which spaces separate the scopes",
    ],
    ...(
      [
        ["audience[]", "audience"],
        ["resource[0]", "resource"],
        ["resources", "resource"],
        ["clientId", "client_id"],
        ["client-secret", "client_secret"],
        ["client_assertion[]", "client_assertion"],
        ["subjectTokenType", "subject_token_type"],
        ["requested_token_types", "requested_token_type"],
      ] as const
    ).map(
      ([name, meant]): Row => [
        `the parameter ${name}`,
        () => form({ ...GRANT, [name]: "x" }, basicHeader(client)),
        `The parameter is named ${meant}: ${meant} must be one string`,
      ],
    ),
    [
      "grantType alone",
      () => form({ grantType: "client_credentials" }, basicHeader(client)),
      "The parameter is named grant_type: grant_type must be one string",
    ],
    [
      "a number that JSON does not keep",
      () => json('{"grant_type":"client_credentials","x":{"y":[1163287654321098753]}}'),
      "x.y.0: A number beyond 2^53 would lose digits: send it as a string",
    ],
    [
      "a body of more than half a megabyte",
      () => requestToken(server, client, { scope: "x".repeat(600_000) }),
      "The body is too long",
    ],
  ]);

  const wrong = (change: object) => form(postCredentials({ ...client, ...change }));

  rows(401, "invalid_client", [
    ["no authentication", () => form(GRANT), FAILED],
    ["an id alone", () => form({ ...GRANT, client_id: client.clientId }), FAILED],
    ["an empty secret", () => wrong({ clientSecret: "" }), FAILED],
    ["a wrong secret", () => wrong({ clientSecret: otherClient.clientSecret }), FAILED],
    ["a secret with a typo", () => wrong({ clientSecret: `${client.clientSecret}x` }), FAILED],
    ["an unknown client", () => wrong({ clientId: "client_0000000000000000000000" }), FAILED],
    ["an unknown client with an imported id", () => wrong({ clientId: "nobody" }), FAILED],
    [
      "a wrong secret as Basic",
      () => form(GRANT, basicHeader({ ...client, clientSecret: "x" })),
      FAILED,
    ],
    ["malformed Basic credentials", () => form(GRANT, { authorization: "Basic !" }), FAILED],
    ["Basic without a colon", () => form(GRANT, { authorization: "Basic eA==" }), FAILED],
    [
      "a NUL in Basic",
      () => form(GRANT, basicHeader({ clientId: "a\0", clientSecret: "b" })),
      FAILED,
    ],
    ["a Bearer token", () => form(GRANT, { authorization: "Bearer abc" }), FAILED],
    ["a Digest", () => form(GRANT, { authorization: "Digest username=x" }), FAILED],
    [
      "another id in the body than in the header",
      () => form({ ...GRANT, client_id: otherClient.clientId }, basicHeader(client)),
      FAILED,
    ],
    [
      "a management key",
      () =>
        form(GRANT, {
          authorization: basicAuthorization(server.projectId, server.managementSecret),
        }),
      FAILED,
    ],
    [
      "a malformed assertion",
      () => form({ ...GRANT, client_assertion_type: ASSERTION_TYPE, client_assertion: "x" }),
      FAILED,
    ],
  ]);

  rows(400, "unsupported_grant_type", [
    ...["password", "authorization_code", "CLIENT_CREDENTIALS", "constructor", "__proto__"].map(
      (grant_type): Row => [
        `grant_type ${grant_type}`,
        () => form({ ...postCredentials(client), grant_type }),
        "This grant type is not supported",
      ],
    ),
  ]);

  rows(400, "unauthorized_client", [
    [
      "a client that may not use the grant",
      () => requestToken(server, withoutGrantType),
      "The client may not use this grant type",
    ],
  ]);

  const ONE_AUDIENCE = "A token is for one audience: request one token for each resource";
  const NO_TOKEN = "A scope must be printable ASCII without spaces, double quotes and backslashes";
  const BEYOND = "The client has not been granted a requested scope";
  rows(400, "invalid_scope", [
    [
      "a scope that was not granted",
      () => requestToken(server, client, { scope: "admin" }),
      BEYOND,
    ],
    [
      "two scopes, one of which was not granted",
      () => requestToken(server, client, { scope: "read:users admin" }),
      BEYOND,
    ],
    ["a scope in upper case", () => requestToken(server, client, { scope: "READ:USERS" }), BEYOND],
    ["a wildcard", () => requestToken(server, client, { scope: "read:*" }), BEYOND],
    ["a malformed scope", () => requestToken(server, client, { scope: 'read:users"' }), NO_TOKEN],
    ["a tab", () => requestToken(server, client, { scope: "read:users\tx" }), NO_TOKEN],
    [
      "a scope of 256 characters",
      () => requestToken(server, client, { scope: "x".repeat(256) }),
      "A scope must have at most 255 characters",
    ],
    [
      "more scopes than an API can have",
      () => requestToken(server, client, { scope: "a ".repeat(1001) }),
      "Must contain at most 1000 scopes",
    ],
    [
      "a scope of the project for an API's token",
      () => requestToken(server, client, { audience: api.identifier, scope: "read:users" }),
      BEYOND,
    ],
    [
      "a scope of the API that is not in the grant",
      () => requestToken(server, client, { audience: api.identifier, scope: "write:invoices" }),
      BEYOND,
    ],
  ]);

  const NOT_THERE = "The client has no grant for an API with exactly this identifier";
  rows(400, "invalid_target", [
    [
      "an unknown audience",
      () => requestToken(server, client, { audience: "https://x" }),
      NOT_THERE,
    ],
    ...(["resource", "audience"] as const).flatMap((name): Row[] => [
      [
        `two parameters ${name}`,
        () =>
          form(
            [...Object.entries(GRANT), [name, "https://a.test"], [name, "https://b.test"]],
            basicHeader(client),
          ),
        ONE_AUDIENCE,
      ],
      [
        `a list of several as ${name}`,
        () => json({ ...GRANT, [name]: ["https://a.test", "https://b.test"] }),
        ONE_AUDIENCE,
      ],
    ]),
    [
      "an unknown resource",
      () => requestToken(server, client, { resource: "https://x" }),
      NOT_THERE,
    ],
    [
      "an API without a grant",
      () => requestToken(server, otherClient, { audience: api.identifier }),
      NOT_THERE,
    ],
  ]);

  test("does not reveal which client ids exist", async () => {
    const texts = [
      await wrong({ clientSecret: otherClient.clientSecret }),
      await wrong({ clientId: "client_0000000000000000000000" }),
      await wrong({ clientId: "nobody" }),
    ].map(({ text }) => text);
    expect(new Set(texts).size).toBe(1);
  });

  test.each(["GET", "PUT", "PATCH", "DELETE"])(
    "answers %s with 405 (RFC 6749 section 3.2)",
    async (method) => {
      for (const path of ["/oauth/token", tokenPath(server)]) {
        const answer = await send(server, `${path}?grant_type=client_credentials`, { method });
        expect(answer.status).toBe(405);
        expect(answer.headers.get("allow")).toBe("POST");
        expect(answer.body.error).toBe("invalid_request");
      }
    },
  );

  test("does not reveal the cause of an internal error, with any token profile", async () => {
    const spy = jest
      .spyOn(server.services.oauth.tokenContexts, "load")
      .mockRejectedValue(new Error("marker-of-a-cause"));
    for (const { identifier: audience } of [api, auth0Api]) {
      const answer = await requestToken(server, client, { audience });
      expectRefusal(answer, 500, "server_error", "Internal server error");
    }
    spy.mockRestore();
    expect(server.logs()).toContain("unexpected failure");
    expect(server.logs()).not.toContain("marker-of-a-cause");
    expect(server.logs()).not.toContain(client.clientSecret);
  });

  test("logs who was refused and why, and the route of every request", async () => {
    const linesOf = async ({
      headers,
    }: Pick<OAuthAnswer, "headers">): Promise<Record<string, unknown>[]> => {
      const id = headers.get("x-request-id") ?? "";
      for (;;) {
        const lines = server
          .logs()
          .split("\n")
          .filter((line) => line.includes(id));
        // The last line may be logged after the response.
        if (lines.some((line) => line.includes('"request"')))
          return lines.map((line) => JSON.parse(line));
        await new Promise(setImmediate);
      }
    };
    const route = "/projects/:projectId/oauth/token";
    const { clientId } = client;
    const wrong = { clientId, clientSecret: "wrong" };
    const ipAddress = "127.0.0.1";
    const wrongSecret = { code: "INVALID_CLIENT", refusal: "SECRET_WRONG", clientId, ipAddress };
    expect(await linesOf(await requestToken(server, wrong))).toEqual([
      expect.objectContaining(wrongSecret),
      expect.objectContaining({ msg: "request", route, status: 401 }),
    ]);
    const mutation = `mutation ($input: IssueTokenInput!) { issueToken(input: $input) { accessToken } }`;
    const { headers } = await server.operator.send(mutation, { input: wrong });
    expect(await linesOf({ headers })).toEqual([
      expect.objectContaining({ ...wrongSecret, path: "issueToken" }),
      expect.objectContaining({ msg: "request", route: "/graphql", status: 200 }),
    ]);
    const secretExpiresAt = new Date(server.clock.now().getTime() + 1000).toISOString();
    const brief = await createClient(server.operator, { secretExpiresAt });
    server.clock.advance(1);
    const [ended] = await linesOf(await requestToken(server, brief));
    expect(ended).toMatchObject({ refusal: "SECRET_EXPIRED", clientId: brief.clientId });
    const [unknown] = await linesOf(
      await requestToken(server, { clientId: "not-there", clientSecret: "wrong" }),
    );
    expect(unknown).toMatchObject({ code: "INVALID_CLIENT", refusal: "CLIENT_UNKNOWN" });
    expect(unknown).not.toHaveProperty("clientId");
    const [scope] = await linesOf(await requestToken(server, client, { scope: "delete:all" }));
    const { projectId: audience } = server;
    const denied = { code: "INVALID_SCOPE", refusal: "SCOPE_NOT_GRANTED", clientId, audience };
    expect(scope).toMatchObject({ ...denied, scopes: "delete:all" });
    const [target] = await linesOf(await requestToken(server, client, { audience: "https://x" }));
    const elsewhere = { refusal: "UNKNOWN_AUDIENCE", clientId, audience: "https://x" };
    expect(target).toMatchObject({ code: "INVALID_TARGET", ...elsewhere });
    expect(await linesOf(await requestToken(server, client))).toEqual([
      expect.objectContaining({ msg: "request", route, status: 200 }),
    ]);
    const limit = "failed-client-secret";
    const tooMany = { code: "RATE_LIMITED", limit, clientId, ipAddress };
    let answer: OAuthAnswer;
    do {
      answer = await requestToken(server, wrong);
    } while (answer.status === 401);
    expect(await linesOf(answer)).toEqual([
      expect.objectContaining(tooMany),
      expect.objectContaining({ msg: "request", route, status: 429 }),
    ]);
    server.clock.advance(61);
  });

  describe("for an API with the AUTH0 profile, with Auth0's errors,", () => {
    const ask = (as: Credentials, parameters: Record<string, string> = {}) =>
      requestToken(server, as, { audience: auth0Api.identifier, ...parameters });
    const expired = async () => {
      const inactive = await createClient(server.operator);
      await updateClient(server.operator, { clientId: inactive.clientId, status: "INACTIVE" });
      return ask(inactive);
    };
    const noGrant = (clientId: string, audience: string) =>
      `Client "${clientId}" is not authorized to access resource server "${audience}". ` +
      'You need to create a "client-grant" associated to this API.';

    rows(401, "access_denied", [
      ["a wrong secret", () => ask({ ...client, clientSecret: "wrong" }), "Unauthorized"],
      ["an unknown client", () => ask({ ...client, clientId: "nobody" }), "Unauthorized"],
      ["a missing secret", () => ask({ ...client, clientSecret: "" }), "Unauthorized"],
      ["an inactive client", expired, "Unauthorized"],
    ]);

    rows(401, "invalid_client", [
      [
        "a bad assertion",
        () =>
          form({
            ...GRANT,
            audience: auth0Api.identifier,
            client_assertion_type: ASSERTION_TYPE,
            client_assertion: "x",
          }),
        FAILED,
      ],
      ["a missing client_id", () => ask({ ...client, clientId: "" }), "Missing client_id"],
    ]);

    rows(403, "access_denied", [
      [
        "a scope beyond the grant",
        () => ask(client, { scope: "read:invoices read:invoices write:invoices admin" }),
        "Client has not been granted scopes: write:invoices, admin",
      ],
    ]);

    rows(403, "unauthorized_client", [
      [
        "a client that may not use the grant",
        () => ask(withoutGrantType),
        "Grant type 'client_credentials' not allowed for the client.",
      ],
    ]);

    rows(403, "unsupported_grant_type", [
      [
        "another grant",
        () => form({ ...postCredentials(client), audience: auth0Api.identifier, grant_type: "x" }),
        "Grant type not supported",
      ],
    ]);

    rows(400, "invalid_request", [
      [
        "no grant_type",
        () => form({ audience: auth0Api.identifier }),
        "Missing required parameter: grant_type",
      ],
    ]);

    test.each([
      ["in the body", async () => ask(otherClient), () => otherClient.clientId],
      [
        "in the header",
        async () => form({ ...GRANT, audience: auth0Api.identifier }, basicHeader(otherClient)),
        () => otherClient.clientId,
      ],
      [
        "as resource",
        async () => requestToken(server, otherClient, { resource: auth0Api.identifier }),
        () => otherClient.clientId,
      ],
    ])("names a client without a grant whose id is %s", async (_where, request, clientId) => {
      const description = noGrant(clientId(), auth0Api.identifier);
      expectRefusal(await request(), 403, "access_denied", description);
    });

    test("names a client that authenticates with an assertion", async () => {
      const key = await clientKey();
      const { clientId } = await createClient(server.operator, {
        tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
        keys: { publicKeys: [{ pem: key.pem }] },
      });
      const answer = await form({
        ...GRANT,
        audience: auth0Api.identifier,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(server, clientId, key),
      });
      const description = noGrant(clientId, auth0Api.identifier);
      expectRefusal(answer, 403, "access_denied", description);
    });

    test("uses RFC 6749's errors where Auth0 has none", async () => {
      const strict = await createApi(server.operator, {
        tokenProfile: "AUTH0",
        allowOmittedScope: false,
      });
      await createGrant(server.operator, client, strict);
      const answer = await requestToken(server, client, { audience: strict.identifier });
      expectRefusal(answer, 400, "invalid_scope", "The request must name scopes for this audience");
    });

    test("returns the time to wait after too many wrong secrets", async () => {
      const attacked = await createClient(server.operator);
      for (let attempt = 0; attempt < 10; attempt++) await ask({ ...attacked, clientSecret: "x" });
      const answer = await ask({ ...attacked, clientSecret: "x" });
      expectRefusal(answer, 429, "too_many_requests", "Rate limit exceeded.");
      expect(answer.headers.get("retry-after")).toBe("60");
    });
  });

  describe("for a project with the AUTH0 profile, with Auth0's errors,", () => {
    beforeAll(async () => {
      await updateProject(server.operator, { tokenProfile: "AUTH0" });
    });

    afterAll(async () => {
      await updateProject(server.operator, { tokenProfile: "DEFAULT", defaultAudience: null });
    });

    const NO_AUDIENCE =
      "No audience parameter was provided, and no default audience has been configured";
    const notEnabled = (audience: string) => `Service not enabled within domain: ${audience}`;

    rows(403, "access_denied", [
      ["no audience", () => requestToken(server, client), NO_AUDIENCE],
      [
        "an unknown audience",
        () => requestToken(server, client, { audience: "https://nowhere.example" }),
        notEnabled("https://nowhere.example"),
      ],
    ]);
    rows(401, "access_denied", [
      ["no authentication", () => form(GRANT), "Unauthorized"],
      ["a wrong secret", () => wrong({ clientSecret: "wrong" }), "Unauthorized"],
    ]);

    test("uses an API's own profile for errors of that API", async () => {
      const answer = await requestToken(server, otherClient, { audience: api.identifier });
      expectRefusal(answer, 400, "invalid_target", NOT_THERE);
    });

    test("names the default audience when a request has none", async () => {
      await updateProject(server.operator, { defaultAudience: "https://gone.example" });
      const answer = await requestToken(server, client);
      expectRefusal(answer, 403, "access_denied", notEnabled("https://gone.example"));
    });

    test("uses RFC 6749's errors at other endpoints", async () => {
      const path = `/projects/${server.projectId}/oauth/introspect`;
      const answer = await post(server, path, { token: "x" });
      expectRefusal(answer, 401, "invalid_client", FAILED);
    });
  });
});
