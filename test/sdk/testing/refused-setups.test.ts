import {
  createTestIssuer,
  SetupRefused,
  type TestApi,
  type TestClient,
} from "@countersign/sdk/testing";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CREATE_API, CREATE_GRANT, createApi } from "../../oauth/oauth-operations.js";
import { CREATE_CLIENT, IMPORT_CLIENT, UPDATE_PROJECT } from "../../support/operations.js";
import { startTestServer, type TestServer } from "../../support/test-server.js";

const AUDIENCE = "https://api.test";
const SECRET = "7wPz-kQx2-Lm9t-Vb4r";

const refusalOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof SetupRefused) return { code: error.code, message: error.message };
    throw error;
  }
  return null;
};

describe("a setup that the server refuses", () => {
  let server: TestServer;
  let apiId: string;

  beforeAll(async () => {
    server = await startTestServer();
    const scopes = [{ value: "orders:read" }];
    ({ apiId } = await createApi(server.operator, { identifier: AUDIENCE, scopes }));
  });

  afterAll(async () => {
    await server.stop();
  });

  const ofServer = async (operation: string, input: object) => {
    const { errors } = await server.operator.send(operation, { input });
    const [error] = errors ?? [];
    return error ? { code: error.extensions?.code, message: error.message } : null;
  };
  const issuer = () => createTestIssuer({ audience: AUDIENCE, scopes: ["orders:read"] });

  test.each<[string, TestApi]>([
    ["an identifier with a space", { identifier: "https://a b" }],
    ["an empty identifier", { identifier: "" }],
    ["an identifier that exists", { identifier: AUDIENCE }],
    ["a scope with a space", { identifier: "a", scopes: ["a b"] }],
    ["a scope twice", { identifier: "a", scopes: ["a", "a"] }],
    ["a lifetime of a second", { identifier: "a", accessTokenLifetimeSeconds: 1 }],
    ["a lifetime beyond the project's", { identifier: "a", accessTokenLifetimeSeconds: 90_000 }],
  ])("is refused with its sentence: an API with %s", async (_title, api) => {
    const { scopes = [], ...settings } = api;
    const input = { ...settings, name: "A", scopes: scopes.map((value) => ({ value })) };
    const expected = await ofServer(CREATE_API, input);
    expect(expected).not.toBeNull();
    expect(refusalOf(() => issuer().addApi(api))).toEqual(expected);
  });

  test.each<[string, TestClient]>([
    ["an id with a space", { clientId: "a b" }],
    ["an id of a member", { clientId: "member_0123456789abcdefghijkl" }],
    ["a short secret", { clientId: "a", clientSecret: "short" }],
    ["a secret of nine characters", { clientId: "a", clientSecret: "kQx2-Lm9t" }],
    ["a generated secret with a typo", { clientId: "a", clientSecret: `csk_${"a".repeat(49)}` }],
    ["a secret with a space at its end", { clientId: "a", clientSecret: `${SECRET} ` }],
    [
      "a chosen secret beside a generated id",
      { clientId: "client_0123456789abcdefghijkl", clientSecret: SECRET },
    ],
    ["a name of two lines", { clientId: "a", name: "a\nb" }],
    ["an end in the past", { clientId: "a", expiresAt: "2001-01-01T00:00:00Z" }],
    ["a lifetime of a second", { clientId: "a", accessTokenLifetimeSeconds: 1 }],
    ["much metadata", { clientId: "a", trustedMetadata: { a: "x".repeat(5000) } }],
  ])("is refused with its sentence: a client with %s", async (_title, client) => {
    const { clientId, clientSecret = SECRET, scopes: _scopes, grants: _grants, ...input } = client;
    const expected = await ofServer(IMPORT_CLIENT, { ...input, clientId, clientSecret });
    expect(expected).not.toBeNull();
    expect(refusalOf(() => issuer().addClient(client))).toEqual(expected);
  });

  test("is refused with its sentence: keys that do not fit", async () => {
    const method = { tokenEndpointAuthMethod: "PRIVATE_KEY_JWT" } as const;
    const expected = await ofServer(CREATE_CLIENT, { scopes: [], ...method });
    expect(refusalOf(() => issuer().addClient(method))).toEqual(expected);
    const jwk = { kty: "oct", k: "c2VjcmV0" };
    const input = { scopes: [], ...method, keys: { publicKeys: [{ jwk }] } };
    const ofKeys = await ofServer(CREATE_CLIENT, input);
    expect(refusalOf(() => issuer().addClient({ ...method, publicKeys: [jwk] }))).toEqual(ofKeys);
  });

  test.each([
    ["a scope that the API does not define", { scopes: ["orders:write"] }],
    ["all scopes and some", { scopes: ["orders:read"], allScopes: true }],
    ["a lifetime of a second", { accessTokenLifetimeSeconds: 1 }],
  ])("is refused with its sentence: a grant with %s", async (title, access) => {
    const clientId = `client ${title}`.replaceAll(" ", "-");
    await server.operator.request(IMPORT_CLIENT, { input: { clientId, clientSecret: SECRET } });
    const expected = await ofServer(CREATE_GRANT, { clientId, apiId, ...access });
    expect(expected).not.toBeNull();
    const grants = [{ audience: AUDIENCE, ...access }];
    expect(refusalOf(() => issuer().addClient({ clientId, grants }))).toEqual(expected);
  });

  test.each([
    { claimsTemplate: '{ "iss": 1 }' },
    { claimsTemplate: "{" },
    { sessionClaimsTemplate: '{ "roles": [] }' },
    { accessTokenLifetimeSeconds: 1 },
    { issuer: "http://example.com" },
    { issuer: "https://example.com/graphql" },
  ])("is refused with its sentence: a project with %j", async (settings) => {
    const expected = await ofServer(UPDATE_PROJECT, settings);
    expect(expected).not.toBeNull();
    expect(refusalOf(() => createTestIssuer(settings))).toEqual(expected);
  });

  test("names the input with the problem", () => {
    const wrong = { clientId: "a", scopes: ["orders:read", "orders:write"] };
    expect(() => issuer().addClient(wrong)).toThrow(
      expect.objectContaining({ name: "SetupRefused", path: ["scopes", 1] }),
    );
    expect(() => createTestIssuer({ scopes: ["orders:read"], clients: [wrong] })).toThrow(
      SetupRefused,
    );
  });

  test("can be JSON", () => {
    const setup = {
      scopes: ["orders:read"],
      clients: [{ clientId: "shop", clientSecret: SECRET, scopes: ["orders:read"] }],
      clock: "2030-01-01T00:00:00Z",
      faults: { keySet: { status: 503 } },
    };
    const read = JSON.parse(JSON.stringify(setup)) as typeof setup;
    expect(createTestIssuer(read).clock.now()).toEqual(new Date("2030-01-01"));
    const form = { scopes: ["a"], apis: [{ identifier: "b", scopes: ["c"] }] };
    const several = createTestIssuer(form);
    expect(() => several.addClient({ scopes: ["a"] })).toThrow("With several APIs");
  });
});
