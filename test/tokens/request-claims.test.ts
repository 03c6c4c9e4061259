import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeJwt } from "jose";
import {
  basicHeader,
  GRANT,
  type OAuthAnswer,
  post,
  postCredentials,
  postJson,
  requestToken,
  tokenPath,
} from "../oauth/oauth-operations.js";
import {
  githubProfile,
  githubToken,
  jwtBearer,
  tokenExchange,
} from "../oauth/token-exchange-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  type ClientView,
  type Credentials,
  createClient,
  issueToken,
  tokenFailure,
  UPDATE_PROJECT,
  updateProject,
  VERIFY_TOKEN,
} from "../support/operations.js";
import { runs } from "../support/property-runs.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type ForeignIssuer, foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const TEMPLATE = `{
  "user_id": {{ request.user_id }},
  "trace": "trace:{{ request.trace-id || request['trace.id'] || 'none' }}",
  "tier": {{ client.trusted_metadata.tier || "free" }},
  "roles": {{ client.trusted_metadata.roles }}
}`;
const PREVIEW = `query ($clientId: ID!, $template: String, $requestParameters: [RequestParameterInput!]) {
  previewClaimsTemplate(clientId: $clientId, template: $template, requestParameters: $requestParameters)
}`;
const TOO_LONG = "x".repeat(257);

describe("claims from the token request", () => {
  let server: TestServer;
  let operator: GraphqlClient;
  let issuer: ForeignIssuer;
  let client: ClientView & Credentials;

  beforeAll(async () => {
    server = await startTestServer();
    operator = server.operator;
    issuer = await foreignIssuer(server.clock);
    client = await createClient(operator, {
      scopes: ["read:users"],
      trustedMetadata: { roles: ["reader"] },
    });
    await githubProfile(operator, issuer, client.clientId);
  });

  beforeEach(async () => {
    await updateProject(operator, { claimsTemplate: TEMPLATE });
  });

  afterAll(async () => {
    await server.stop();
  });

  const OTHERS = { tier: "free", roles: ["reader"] };
  const EXPECTED = { ...OTHERS, user_id: "user-1", trace: "trace:t 1" };
  const PARAMETERS = { user_id: "user-1", "trace.id": "t 1", plan: "gold" };
  const customClaims = async (accessToken: string) => {
    const { verifyToken } = await server.anonymous.request(VERIFY_TOKEN, {
      input: { accessToken },
    });
    return verifyToken.token.customClaims;
  };
  const issued = (requestParameters: object[] | null) =>
    issueToken(server.anonymous, client, { requestParameters }).then(({ accessToken }) =>
      customClaims(accessToken),
    );
  const refused = (requestParameters: unknown) =>
    tokenFailure(server.anonymous, client, { requestParameters });
  const stytchPath = () => `/v1/public/${server.projectId}/oauth2/token`;

  test("are those that the template names, with issueToken", async () => {
    expect(
      await issued([
        { name: "user_id", value: "user-1" },
        { name: "trace.id", value: "t 1" },
        { name: "plan", value: "gold" },
      ]),
    ).toEqual(EXPECTED);
    const without = { ...OTHERS, trace: "trace:none" };
    expect(await issued([{ name: "user_id", value: "" }])).toEqual(without);
    expect(await issued([])).toEqual(without);
    expect(await issued(null)).toEqual(without);
  });

  test.each<[string, (s: TestServer, c: Credentials) => Promise<OAuthAnswer>]>([
    ["a form", (s, c) => requestToken(s, c, PARAMETERS)],
    [
      "a form and Basic",
      (s, c) => post(s, tokenPath(s), { ...GRANT, ...PARAMETERS }, basicHeader(c)),
    ],
    ["JSON", (s, c) => postJson(s, tokenPath(s), { ...postCredentials(c), ...PARAMETERS })],
    [
      "a form on Stytch's path",
      (s, c) => post(s, stytchPath(), { ...postCredentials(c), ...PARAMETERS }),
    ],
    [
      "JSON on Stytch's path",
      (s, c) =>
        postJson(s, stytchPath(), { ...postCredentials(c), ...PARAMETERS, scopes: ["read:users"] }),
    ],
    [
      "the path of the first project",
      (s, c) => post(s, "/oauth/token", { ...postCredentials(c), ...PARAMETERS }),
    ],
  ])("are those that the template names, with %s at the token endpoint", async (_how, ask) => {
    const { status, body } = await ask(server, client);
    expect(status).toBe(200);
    expect(await customClaims(body.access_token)).toEqual(EXPECTED);
  });

  test.each([
    ["token exchange", tokenExchange],
    ["a JWT bearer assertion", jwtBearer],
  ])("work with %s", async (_grant, form) => {
    const { status, body } = await post(
      server,
      tokenPath(server),
      form(await githubToken(issuer), PARAMETERS),
    );
    expect(status).toBe(200);
    expect(await customClaims(body.access_token)).toEqual(EXPECTED);
  });

  test("leave a single-use token unused when a parameter is refused", async () => {
    const token = await githubToken(issuer);
    const ask = (user_id: string) =>
      post(server, tokenPath(server), tokenExchange(token, { user_id }));
    expect((await ask(TOO_LONG)).body.error).toBe("invalid_request");
    expect((await ask("user-1")).status).toBe(200);
  });

  test("appear in introspection", async () => {
    const { accessToken } = await issueToken(server.anonymous, client, {
      requestParameters: [{ name: "user_id", value: "user-1" }],
    });
    const { body } = await post(
      server,
      `/projects/${server.projectId}/oauth/introspect`,
      { token: accessToken },
      basicHeader(client),
    );
    expect(body).toMatchObject({ active: true, user_id: "user-1" });
  });

  test.each<[string, unknown]>([
    ["too long", TOO_LONG],
    ["a number", 7],
    ["a boolean", true],
    ["an object", { a: "secret-7" }],
    ["a list", ["secret-7"]],
  ])("are refused at the token endpoint where a value is %s", async (_what, user_id) => {
    const { status, text } = await postJson(server, tokenPath(server), {
      ...postCredentials(client),
      user_id,
    });
    expect({ status, text }).toEqual({
      status: 400,
      text: JSON.stringify({
        error: "invalid_request",
        error_description: "user_id must be one string of at most 256 characters",
      }),
    });
  });

  test("are refused at the token endpoint where a parameter is repeated or no Unicode", async () => {
    const ask = (...more: [string, string][]) =>
      post(server, tokenPath(server), [...Object.entries(postCredentials(client)), ...more]);
    for (const answer of [
      await ask(["user_id", "a"], ["user_id", "b"]),
      await ask(["user_id", "a\0"]),
      await postJson(
        server,
        tokenPath(server),
        `${JSON.stringify({ ...postCredentials(client) }).slice(0, -1)},"user_id":"\\ud800"}`,
      ),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.error).toBe("invalid_request");
    }
  });

  test("ignore null and what the template does not name, of any type and length", async () => {
    const { status, body } = await postJson(server, tokenPath(server), {
      ...postCredentials(client),
      user_id: null,
      "trace-id": [],
      plan: TOO_LONG,
      tier: { a: 1 },
      roles: ["admin"],
    });
    expect(status).toBe(200);
    expect(await customClaims(body.access_token)).toEqual({ ...OTHERS, trace: "trace:none" });
  });

  test("may have exactly 256 characters", async () => {
    const longest = "x".repeat(256);
    expect(await issued([{ name: "user_id", value: longest }])).toMatchObject({ user_id: longest });
    const { body } = await requestToken(server, client, { user_id: longest });
    expect(decodeJwt(body.access_token)).toMatchObject({ user_id: longest });
  });

  test.each<[string, object[], (string | number)[], RegExp]>([
    [
      "a long value",
      [{ name: "user_id", value: TOO_LONG }],
      [0, "value"],
      /at most 256 characters/,
    ],
    [
      "a long value that the template does not name",
      [{ name: "other", value: TOO_LONG }],
      [0, "value"],
      /at most 256 characters/,
    ],
    [
      "a repeated name",
      [
        { name: "a", value: "1" },
        { name: "b", value: "2" },
        { name: "a", value: "3" },
      ],
      [2, "name"],
      /Must not repeat/,
    ],
    [
      "a parameter of the protocol",
      [{ name: "scope", value: "a" }],
      [0, "name"],
      /scope is a parameter of the protocol/,
    ],
    [
      "another spelling of one",
      [{ name: "clientSecret", value: "a" }],
      [0, "name"],
      /client_secret is a parameter of the/,
    ],
    [
      "a name with a space",
      [{ name: "a b", value: "a" }],
      [0, "name"],
      /The name of a request parameter/,
    ],
    ["an empty name", [{ name: "", value: "a" }], [0, "name"], /The name of a request parameter/],
    [
      "too many of them",
      Array.from({ length: 21 }, (_, at) => ({ name: `p${at}`, value: "a" })),
      [],
      /at most 20 parameters/,
    ],
  ])(
    "are refused by issueToken and the preview for %s",
    async (_what, requestParameters, at, message) => {
      const failure = await refused(requestParameters);
      expect(failure.extensions).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "requestParameters", ...at],
      });
      expect(failure.message).toMatch(message);
      const { clientId } = client;
      const preview = await operator.failure(PREVIEW, { clientId, requestParameters });
      expect(preview.extensions).toEqual({
        code: "BAD_USER_INPUT",
        path: ["requestParameters", ...at],
      });
    },
  );

  test("are refused where they make the claims too long", async () => {
    const names = Array.from({ length: 16 }, (_, at) => `p${at}`);
    await updateProject(operator, {
      claimsTemplate: `{ ${names.map((name) => `"${name}": {{ request.${name} }}`)} }`,
    });
    const parameters = (length: number) =>
      names.map((name) => ({ name, value: "x".repeat(length) }));
    expect(Object.keys(await issued(parameters(240)))).toEqual(names);
    expect((await refused(parameters(256))).message).toMatch(/must have at most 4096 bytes/);
  });

  test("are refused with a place when the template is saved", async () => {
    const failure = await operator.failure(UPDATE_PROJECT, {
      input: { claimsTemplate: '{ "roles": {{ request.roles }} }' },
    });
    expect(failure.extensions).toEqual({
      code: "BAD_USER_INPUT",
      path: ["input", "claimsTemplate"],
    });
    expect(failure.message).toMatch(/which a client must not choose .* \(line 1, column 15\)/);
  });

  test("are shown by the preview, and without parameters what a request without them gets", async () => {
    const preview = async (requestParameters?: object[]) =>
      (await operator.request(PREVIEW, { clientId: client.clientId, requestParameters }))
        .previewClaimsTemplate;
    expect(await preview()).toEqual({ ...OTHERS, trace: "trace:none" });
    expect(
      await preview([
        { name: "user_id", value: "user-1" },
        { name: "trace-id", value: "t 1" },
      ]),
    ).toEqual(EXPECTED);
  });

  test("leave all other claims as they are, whatever a client sends", async () => {
    const OWN = new Set(["user_id", "trace"]);
    const VARYING = new Set(["jti", "iat", "nbf", "exp"]);
    const others = (token: string) =>
      Object.entries(decodeJwt(token)).filter(([name]) => !OWN.has(name) && !VARYING.has(name));
    const plain = await issueToken(server.anonymous, client);
    const expected = others(plain.accessToken);
    const name = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("user_id", "trace-id", "trace.id", "tier", "roles") },
      fc.constantFrom("sub", "iss", "aud", "exp", "jti", "permissions", "cnf", "client", "request"),
      fc.string({ unit: "binary", maxLength: 80 }),
    );
    const text = fc.oneof(
      fc.constantFrom('", "roles": ["admin"]', "{{ client.name }}", "}}", "\\u0022", "admin"),
      fc.string({ unit: "binary", maxLength: 300 }),
    );
    const value = fc.oneof({ weight: 3, arbitrary: text }, fc.jsonValue({ maxDepth: 2 }));
    const parameters = fc.dictionary(name, value, { maxKeys: 6 });
    let issuedTokens = 0;
    await fc.assert(
      fc.asyncProperty(parameters, async (more) => {
        const { status, body } = await postJson(server, tokenPath(server), {
          ...more,
          ...postCredentials(client),
        });
        if (status === 200) {
          issuedTokens += 1;
          expect(others(body.access_token)).toEqual(expected);
          const { user_id = "" } = decodeJwt(body.access_token);
          // As for every parameter, null and an empty list count as absent.
          expect(user_id).toBe([more["user_id"] ?? ""].flat()[0] ?? "");
        } else {
          expect([status, body.error]).toEqual([400, "invalid_request"]);
        }
        const requestParameters = Object.entries(more).map(([name, given]) => ({
          name,
          value: String(given),
        }));
        const { clientId, clientSecret } = client;
        const answer = await server.anonymous.send(
          "mutation ($input: IssueTokenInput!) { issueToken(input: $input) { accessToken } }",
          { input: { clientId, clientSecret, requestParameters } },
        );
        const { accessToken } = answer.data?.["issueToken"] ?? {};
        if (!accessToken) return;
        issuedTokens += 1;
        expect(others(accessToken)).toEqual(expected);
      }),
      { numRuns: runs(500) },
    );
    expect(issuedTokens).toBeGreaterThan(0);
  });
});
