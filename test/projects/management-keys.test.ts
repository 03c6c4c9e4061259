import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PERMISSIONS } from "../../src/shared/permissions.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  CREATE_CLIENT,
  CREATE_KEY,
  createKey,
  DELETE_KEY,
  UPDATE_PROJECT,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const KEYS = `query ($first: Int, $after: String) { managementKeys(first: $first, after: $after) {
  nodes { keyId name permissions lastFour lastUsedAt expiresAt } pageInfo { hasNextPage endCursor } totalCount
} }`;

describe("management keys", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const as = (secret: string) => server.withKey(server.projectId, secret);
  const keysOf = async (operator: GraphqlClient) =>
    (await operator.request(KEYS, { first: 200 })).managementKeys.nodes;
  const find = async (keyId: string) =>
    (await keysOf(server.operator)).find((key: { keyId: string }) => key.keyId === keyId);
  const deleteKey = (operator: GraphqlClient, keyId: string) =>
    operator.request(DELETE_KEY, { input: { keyId } });

  test("may be several at once, each with its own permissions", async () => {
    const one = await createKey(server.operator, ["project:read"]);
    const two = await createKey(server.operator, ["project:read", "clients:read"]);
    expect(one.secret).toMatch(/^cmk_[0-9A-Za-z]{49}$/);
    expect(one.managementKey).toMatchObject({
      keyId: expect.stringMatching(/^key_[0-9A-Za-z]{22}$/),
      permissions: ["project:read"],
      lastFour: one.secret.slice(-4),
      expiresAt: null,
      lastUsedAt: null,
    });
    for (const { secret } of [one, two]) {
      const { project } = await as(secret).request("{ project { projectId } }");
      expect(project.projectId).toBe(server.projectId);
    }
  });

  test("may do what they name and nothing else", async () => {
    const reader = await server.keyWith("clients:read");
    await reader.request("{ clients { totalCount } }");
    for (const [operation, variables, permission] of [
      ["{ project { name } }", {}, "project:read"],
      [UPDATE_PROJECT, { input: {} }, "project:write"],
      [CREATE_CLIENT, { input: { scopes: [] } }, "clients:write"],
      ["{ managementKeys { totalCount } }", {}, "management_keys:read"],
      [
        CREATE_KEY,
        { input: { name: "x", permissions: ["clients:read"] } },
        "management_keys:write",
      ],
      [DELETE_KEY, { input: { keyId: "x" } }, "management_keys:write"],
      ["{ auditEvents { totalCount } }", {}, "audit:read"],
    ] as const) {
      const { message, extensions } = await reader.failure(operation, variables);
      expect(extensions.code).toBe("FORBIDDEN");
      expect(message).toContain(permission);
    }
  });

  test("cannot pass on what they do not have", async () => {
    const limited = await server.keyWith("management_keys:write", "clients:read");
    const { extensions } = await limited.failure(CREATE_KEY, {
      input: { name: "More", permissions: ["clients:read", "clients:write"] },
    });
    expect(extensions).toEqual({ code: "FORBIDDEN", path: ["input", "permissions", 1] });
    await expect(createKey(limited, ["clients:read"])).resolves.toBeDefined();
  });

  test.each([
    ["no permission", { permissions: [] }, ["input", "permissions"]],
    [
      "an unknown permission",
      { permissions: ["clients:read", "clients:burn"] },
      ["input", "permissions", 1],
    ],
    ["no name", { name: "" }, ["input", "name"]],
    ["a name that is too long", { name: "x".repeat(129) }, ["input", "name"]],
    ["a past expiry", { expiresAt: "2026-03-01T12:00:00Z" }, ["input", "expiresAt"]],
    ["an empty idempotency key", { idempotencyKey: "" }, ["input", "idempotencyKey"]],
  ])("are refused with %s", async (_what, change, path) => {
    const { extensions } = await server.operator.failure(CREATE_KEY, {
      input: { name: "x", permissions: ["clients:read"], ...change },
    });
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path });
  });

  test("name a repeated permission once", async () => {
    const { managementKey } = await createKey(server.operator, ["clients:read", "clients:read"]);
    expect(managementKey).toMatchObject({ permissions: ["clients:read"] });
  });

  test("stop working when they expire", async () => {
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const { secret, managementKey } = await createKey(server.operator, ["project:read"], {
      expiresAt,
    });
    expect(managementKey).toMatchObject({ expiresAt });
    await as(secret).request("{ project { name } }");
    server.clock.advance(59);
    await as(secret).request("{ project { name } }");
    server.clock.advance(1);
    const { extensions } = await as(secret).failure("{ project { name } }");
    expect(extensions.code).toBe("UNAUTHENTICATED");
  });

  test("remember when they were last used, written a little later", async () => {
    const { secret, managementKey } = await createKey(server.operator, ["project:read"]);
    const usedAt = server.clock.now().toISOString();
    await as(secret).request("{ project { name } }");
    await server.services.managementKeys.lastUsed.flush();
    expect(await find(managementKey.keyId)).toMatchObject({ lastUsedAt: usedAt });
    server.clock.advance(60);
    await as(secret).request("{ project { name } }");
    await server.restart();
    const later = await find(managementKey.keyId);
    expect(new Date(later.lastUsedAt).getTime()).toBe(new Date(usedAt).getTime() + 60_000);
  });

  test("stop working the moment that they are deleted", async () => {
    const { secret, managementKey } = await createKey(server.operator, ["project:read"]);
    await as(secret).request("{ project { name } }");
    const { keyId } = managementKey;
    expect(await deleteKey(server.operator, keyId)).toEqual({ deleteManagementKey: { keyId } });
    const { extensions } = await as(secret).failure("{ project { name } }");
    expect(extensions.code).toBe("UNAUTHENTICATED");
    expect(await find(keyId)).toBeUndefined();
  });

  test("of another project look absent", async () => {
    const other = await server.otherProject();
    const [foreign] = await keysOf(other.operator);
    const { extensions } = await server.operator.failure(DELETE_KEY, {
      input: { keyId: foreign.keyId },
    });
    expect(extensions).toEqual({ code: "MANAGEMENT_KEY_NOT_FOUND" });
    expect(await keysOf(other.operator)).toHaveLength(1);
    expect(await find(foreign.keyId)).toBeUndefined();
  });

  test("open only their own project", async () => {
    const other = await server.otherProject();
    const crossed = server.withKey(other.projectId, server.managementSecret);
    const { extensions } = await crossed.failure("{ project { name } }");
    expect(extensions.code).toBe("UNAUTHENTICATED");
  });

  test("leave one that can manage keys, whoever deletes", async () => {
    const other = await server.otherProject();
    const [last] = await keysOf(other.operator);
    const refusal = () => other.operator.failure(DELETE_KEY, { input: { keyId: last.keyId } });
    expect((await refusal()).extensions.code).toBe("CONFLICT");
    await createKey(other.operator, ["clients:read"]);
    expect((await refusal()).extensions.code).toBe("CONFLICT");
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    await createKey(other.operator, [...PERMISSIONS], { expiresAt });
    expect((await refusal()).extensions.code).toBe("CONFLICT");
    const { secret } = await createKey(other.operator, [...PERMISSIONS]);
    await deleteKey(server.withKey(other.projectId, secret), last.keyId);
  });

  test("leave one, when the last two are deleted at once", async () => {
    const other = await server.otherProject();
    await createKey(other.operator, [...PERMISSIONS]);
    const keys = await keysOf(other.operator);
    const answers = await Promise.all(
      keys.map(({ keyId }: { keyId: string }) =>
        other.operator.send(DELETE_KEY, { input: { keyId } }),
      ),
    );
    const deleted = answers.filter(({ errors }: { errors: unknown[] }) => errors.length === 0);
    expect(deleted).toHaveLength(1);
  });

  test("shown again by an idempotency key come without their secret", async () => {
    const input = { idempotencyKey: "key-once" };
    const first = await createKey(server.operator, ["clients:read"], input);
    const second = await createKey(server.operator, ["clients:read"], input);
    expect(second).toEqual({ ...first, secret: null });
    const { extensions } = await server.operator.failure(CREATE_KEY, {
      input: { name: "Another", permissions: ["clients:read"], idempotencyKey: "key-once" },
    });
    expect(extensions.code).toBe("IDEMPOTENCY_CONFLICT");
  });

  test("are listed page by page, newest first", async () => {
    const other = await server.otherProject();
    const made: string[] = [];
    for (let count = 0; count < 4; count++) {
      server.clock.advance(1);
      made.unshift((await createKey(other.operator, ["clients:read"])).managementKey.keyId);
    }
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 3; page++) {
      const { managementKeys } = await other.operator.request(KEYS, { first: 2, after });
      expect(managementKeys.totalCount).toBe(5);
      expect(managementKeys.pageInfo.hasNextPage).toBe(page < 2);
      seen.push(...managementKeys.nodes.map((key: { keyId: string }) => key.keyId));
      after = managementKeys.pageInfo.endCursor;
    }
    expect(seen.slice(0, 4)).toEqual(made);
    expect(new Set(seen).size).toBe(5);
  });
});
