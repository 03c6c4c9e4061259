import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CREATE_CLIENT, createClient, getClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const scopeNames = (count: number) => Array.from({ length: count }, (_, index) => `scope:${index}`);
const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key_${index}`, index]));

describe("createClient", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("creates a client and shows its secret once", async () => {
    const { clientSecret, ...client } = await createClient(server.operator, {
      name: "Billing",
      description: "Sends invoices\nevery month",
      scopes: ["read:users"],
      trustedMetadata: { tier: "gold", limits: { daily: 5 } },
    });
    expect(clientSecret).toMatch(/^csk_[0-9A-Za-z]{49}$/);
    expect(client).toEqual({
      clientId: expect.stringMatching(/^client_[0-9A-Za-z]{22}$/),
      name: "Billing",
      description: "Sends invoices\nevery month",
      status: "ACTIVE",
      scopes: ["read:users"],
      trustedMetadata: { tier: "gold", limits: { daily: 5 } },
      accessTokenLifetimeSeconds: null,
      secrets: [
        {
          lastFour: clientSecret.slice(-4),
          status: "CURRENT",
          createdAt: "2026-03-01T12:00:00.000Z",
          expiresAt: null,
          lastUsedAt: null,
        },
      ],
      createdAt: "2026-03-01T12:00:00.000Z",
      updatedAt: "2026-03-01T12:00:00.000Z",
      lastUsedAt: null,
      expiresAt: null,
      version: 1,
    });
    expect(await getClient(server.operator, client.clientId)).toEqual(client);
  });

  test("requires nothing but scopes, which may be empty", async () => {
    const client = await createClient(server.operator, { scopes: [] });
    expect(client).toMatchObject({
      name: null,
      description: null,
      scopes: [],
      trustedMetadata: {},
    });
  });

  test("stores a repeated scope once", async () => {
    const { scopes } = await createClient(server.operator, { scopes: ["a", "b", "a"] });
    expect(scopes).toEqual(["a", "b"]);
  });

  test("omits metadata keys that are null", async () => {
    const { trustedMetadata } = await createClient(server.operator, {
      trustedMetadata: { kept: { inner: null }, gone: null },
    });
    expect(trustedMetadata).toEqual({ kept: { inner: null } });
  });

  test.each([
    ["a name of 1 character", { name: "x" }],
    ["a name of 128 characters", { name: "x".repeat(128) }],
    ["a description of 1000 characters", { description: "x".repeat(1000) }],
    ["100 scopes", { scopes: scopeNames(100) }],
    ["every character that a scope may have", { scopes: ["!#$%&'()*+,-./:;<=>?@[]^_`{|}~aZ09"] }],
    ["20 metadata keys", { trustedMetadata: keys(20) }],
    ["4096 bytes of metadata", { trustedMetadata: { a: "x".repeat(4096 - 8) } }],
    ["a lifetime of 60 seconds", { accessTokenLifetimeSeconds: 60 }],
    ["the longest lifetime of the project", { accessTokenLifetimeSeconds: 86_400 }],
    ["text beyond ASCII", { name: "Zürich 東京 🗝", trustedMetadata: { "ключ 🗝": "значение" } }],
  ])("accepts %s", async (_what, input) => {
    const { clientSecret: _, ...created } = await createClient(server.operator, input);
    expect(created).toMatchObject(input);
    expect(await getClient(server.operator, created.clientId)).toEqual(created);
  });

  test.each([
    ["an empty name", { name: "" }, ["name"]],
    ["a name of 129 characters", { name: "x".repeat(129) }, ["name"]],
    ["a name with a line break", { name: "a\nb" }, ["name"]],
    ["a name with a NUL", { name: "a\u0000b" }, ["name"]],
    ["a name with half a character", { name: "a\ud800b" }, ["name"]],
    ["a description of 1001 characters", { description: "x".repeat(1001) }, ["description"]],
    ["a description with a NUL", { description: "a\u0000b" }, ["description"]],
    ["101 scopes", { scopes: scopeNames(101) }, ["scopes"]],
    ["an empty scope", { scopes: ["a", ""] }, ["scopes", 1]],
    ["a scope with a space", { scopes: ["read users"] }, ["scopes", 0]],
    ["a scope with a quote", { scopes: ["a", "b", 'c"'] }, ["scopes", 2]],
    ["a scope with a backslash", { scopes: ["a\\b"] }, ["scopes", 0]],
    ["a scope beyond ASCII", { scopes: ["a", "é"] }, ["scopes", 1]],
    ["a scope of 256 characters", { scopes: ["x".repeat(256)] }, ["scopes", 0]],
    ["21 metadata keys", { trustedMetadata: keys(21) }, ["trustedMetadata"]],
    ["4097 bytes of metadata", { trustedMetadata: { a: "x".repeat(4089) } }, ["trustedMetadata"]],
    [
      "more bytes than characters of metadata",
      { trustedMetadata: { a: "é".repeat(2100) } },
      ["trustedMetadata"],
    ],
    [
      "a metadata key of 129 characters",
      { trustedMetadata: { ["x".repeat(129)]: 1 } },
      ["trustedMetadata"],
    ],
    ["a metadata key with a NUL", { trustedMetadata: { "a\u0000": 1 } }, ["trustedMetadata"]],
    [
      "metadata keys that contain lone surrogates",
      { trustedMetadata: { "\ud800": 1, "\ud801": 2 } },
      ["trustedMetadata"],
    ],
    [
      "a metadata value with a NUL",
      { trustedMetadata: { plan: { names: ["a", "b\u0000"] } } },
      ["trustedMetadata", "plan", "names", 1],
    ],
    [
      "a metadata value with half a character",
      { trustedMetadata: { plan: "\ud800" } },
      ["trustedMetadata", "plan"],
    ],
    [
      "a name with a NUL in metadata",
      { trustedMetadata: { plan: { "a\u0000": 1 } } },
      ["trustedMetadata", "plan"],
    ],
    [
      "a lifetime of 59 seconds",
      { accessTokenLifetimeSeconds: 59 },
      ["accessTokenLifetimeSeconds"],
    ],
    [
      "a lifetime above 30 days",
      { accessTokenLifetimeSeconds: 2_592_001 },
      ["accessTokenLifetimeSeconds"],
    ],
    ["an expiry that is now", { expiresAt: "2026-03-01T12:00:00Z" }, ["expiresAt"]],
    ["an empty idempotency key", { idempotencyKey: "" }, ["idempotencyKey"]],
    [
      "an idempotency key that is too long",
      { idempotencyKey: "x".repeat(256) },
      ["idempotencyKey"],
    ],
  ])("refuses %s and names its path", async (_what, input, path) => {
    const { extensions } = await server.operator.failure(CREATE_CLIENT, {
      input: { scopes: [], ...input },
    });
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", ...path] });
  });

  test("stores nothing when it is refused", async () => {
    const count = async () =>
      (await server.operator.request("{ clients { totalCount } }")).clients.totalCount;
    const before = await count();
    await server.operator.failure(CREATE_CLIENT, {
      input: { scopes: [], trustedMetadata: keys(21) },
    });
    expect(await count()).toBe(before);
  });

  test("creates a client that other projects do not see", async () => {
    const other = await server.otherProject();
    const { clientId } = await createClient(server.operator);
    expect(await getClient(other.operator, clientId)).toBeNull();
  });
});
