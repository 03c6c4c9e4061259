import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ManagementKey } from "../../src/projects/management-key.entity.js";
import { PERMISSIONS, PROJECT_PERMISSIONS } from "../../src/shared/permissions.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  CREATE_CLIENT,
  CREATE_KEY,
  createKey,
  DELETE_KEY,
  UPDATE_PROJECT,
} from "../support/operations.js";
import { PUBLIC_URL, startTestServer, type TestServer } from "../support/test-server.js";

const KEYS = `query ($first: Int, $after: String) { managementKeys(first: $first, after: $after) {
  nodes { managementKeyId name permissions lastFour lastUsedAt expiresAt } pageInfo { hasNextPage endCursor } totalCount
} }`;

const UPDATE_KEY = `mutation ($input: UpdateManagementKeyInput!) {
  updateManagementKey(input: $input) {
    managementKey { managementKeyId name permissions expiresAt version updatedAt }
  }
}`;

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
  const find = async (managementKeyId: string) =>
    (await keysOf(server.operator)).find(
      (key: { managementKeyId: string }) => key.managementKeyId === managementKeyId,
    );
  const deleteKey = (operator: GraphqlClient, managementKeyId: string) =>
    operator.request(DELETE_KEY, { input: { managementKeyId } });

  test("have their own permissions", async () => {
    const first = await createKey(server.operator, ["settings:read"]);
    const second = await createKey(server.operator, ["settings:read", "clients:read"]);
    expect(first.secret).toMatch(/^cmk_[0-9A-Za-z]{49}$/);
    expect(first.managementKey).toMatchObject({
      managementKeyId: expect.stringMatching(/^key_[0-9A-Za-z]{22}$/),
      permissions: ["SETTINGS_READ"],
      lastFour: first.secret.slice(-4),
      expiresAt: null,
      lastUsedAt: null,
    });
    for (const { secret } of [first, second]) {
      const { project } = await as(secret).request("{ project { projectId } }");
      expect(project.projectId).toBe(server.projectId);
    }
  });

  test("are refused alike, and the log says why", async () => {
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const { managementKey, secret } = await createKey(server.operator, ["settings:read"], {
      expiresAt,
    });
    server.clock.advance(61);
    for (const [projectId, withSecret, explanation] of [
      ["project_unknown", "cmk_wrong", "There is no project with this id"],
      [server.projectId, "cmk_wrong", "The project has no management key with this secret"],
      [server.projectId, secret, `The management key ${managementKey.managementKeyId} has expired`],
    ] as const) {
      const before = server.logs().length;
      const caller = server.withKey(projectId, withSecret);
      const { message } = await caller.failure("{ project { projectId } }");
      expect(message).toBe("Unknown project or wrong secret");
      const lines = server.logs().slice(before);
      expect(lines).toContain(`"code":"UNAUTHENTICATED","explanation":"${explanation}"`);
      expect(lines).not.toContain(withSecret);
    }
  });

  test("allow operations of their permissions only", async () => {
    const reader = await server.keyWith("clients:read");
    await reader.request("{ clients { totalCount } }");
    for (const [operation, variables, permission] of [
      ["{ project { name } }", {}, "settings:read"],
      [UPDATE_PROJECT, { input: {} }, "settings:write"],
      [CREATE_CLIENT, { input: { scopes: [] } }, "clients:write"],
      ["{ managementKeys { totalCount } }", {}, "management_keys:read"],
      [
        CREATE_KEY,
        { input: { name: "x", permissions: ["CLIENTS_READ"] } },
        "management_keys:write",
      ],
      [DELETE_KEY, { input: { managementKeyId: "x" } }, "management_keys:write"],
      ["{ auditEvents { totalCount } }", {}, "audit:read"],
    ] as const) {
      const { message, extensions } = await reader.failure(operation, variables);
      expect(extensions.code).toBe("FORBIDDEN");
      expect(message).toContain(permission);
    }
  });

  test("cannot grant permissions that they do not have", async () => {
    const limited = await server.keyWith("management_keys:write", "clients:read");
    const { extensions, message } = await limited.failure(CREATE_KEY, {
      input: { name: "More", permissions: ["CLIENTS_READ", "CLIENTS_WRITE"] },
    });
    expect(extensions).toEqual({ code: "FORBIDDEN", path: ["input", "permissions", 1] });
    expect(message).toBe(
      "The caller must itself have every permission that it grants: it lacks clients:write",
    );
    await expect(createKey(limited, ["clients:read"])).resolves.toBeDefined();
  });

  test.each([
    ["no permission", { permissions: [] }, ["input", "permissions"]],
    [
      "an unknown permission",
      { permissions: ["CLIENTS_READ", "CLIENTS_BURN"] },
      ["input", "permissions", 1],
    ],
    ["no name", { name: "" }, ["input", "name"]],
    ["a name that is too long", { name: "x".repeat(129) }, ["input", "name"]],
    ["a past expiry", { expiresAt: "2026-03-01T12:00:00Z" }, ["input", "expiresAt"]],
    ["an empty idempotency key", { idempotencyKey: "" }, ["input", "idempotencyKey"]],
  ])("are refused with %s", async (_what, change, path) => {
    const { extensions } = await server.operator.failure(CREATE_KEY, {
      input: { name: "x", permissions: ["CLIENTS_READ"], ...change },
    });
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", path });
  });

  test("store a repeated permission once", async () => {
    const { managementKey } = await createKey(server.operator, ["clients:read", "clients:read"]);
    expect(managementKey).toMatchObject({ permissions: ["CLIENTS_READ"] });
  });

  test("stop working when they expire", async () => {
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const { secret, managementKey } = await createKey(server.operator, ["settings:read"], {
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

  test("record their last use with a delay", async () => {
    const { secret, managementKey } = await createKey(server.operator, ["settings:read"]);
    const usedAt = server.clock.now().toISOString();
    await as(secret).request("{ project { name } }");
    await server.services.managementKeyAuthenticator.lastUsed.flush();
    expect(await find(managementKey.managementKeyId)).toMatchObject({ lastUsedAt: usedAt });
    server.clock.advance(60);
    await as(secret).request("{ project { name } }");
    await server.restart();
    const later = await find(managementKey.managementKeyId);
    expect(new Date(later.lastUsedAt).getTime()).toBe(new Date(usedAt).getTime() + 60_000);
  });

  test("stop working as soon as they are deleted", async () => {
    const { secret, managementKey } = await createKey(server.operator, ["settings:read"]);
    await as(secret).request("{ project { name } }");
    const { managementKeyId } = managementKey;
    expect(await deleteKey(server.operator, managementKeyId)).toEqual({
      deleteManagementKey: { managementKeyId },
    });
    const { extensions } = await as(secret).failure("{ project { name } }");
    expect(extensions.code).toBe("UNAUTHENTICATED");
    expect(await find(managementKeyId)).toBeUndefined();
  });

  test("of another project are reported as not found", async () => {
    const other = await server.otherProject();
    const [foreign] = await keysOf(other.operator);
    const { extensions } = await server.operator.failure(DELETE_KEY, {
      input: { managementKeyId: foreign.managementKeyId },
    });
    expect(extensions).toEqual({ code: "MANAGEMENT_KEY_NOT_FOUND" });
    expect(await keysOf(other.operator)).toHaveLength(1);
    expect(await find(foreign.managementKeyId)).toBeUndefined();
  });

  test("authenticate in their own project only", async () => {
    const other = await server.otherProject();
    const mismatched = server.withKey(other.projectId, server.managementSecret);
    const { extensions } = await mismatched.failure("{ project { name } }");
    expect(extensions.code).toBe("UNAUTHENTICATED");
  });

  test("cannot be deleted if none would be left that can manage keys", async () => {
    const other = await server.otherProject();
    const [last] = await keysOf(other.operator);
    const refusal = () =>
      other.operator.failure(DELETE_KEY, { input: { managementKeyId: last.managementKeyId } });
    expect((await refusal()).extensions.code).toBe("PRECONDITION_FAILED");
    await createKey(other.operator, ["clients:read"]);
    expect((await refusal()).extensions.code).toBe("PRECONDITION_FAILED");
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    await createKey(other.operator, [...PROJECT_PERMISSIONS], { expiresAt });
    expect((await refusal()).extensions.code).toBe("PRECONDITION_FAILED");
    const { secret } = await createKey(other.operator, [...PROJECT_PERMISSIONS]);
    await deleteKey(server.withKey(other.projectId, secret), last.managementKeyId);
  });

  test("cannot be deleted concurrently so that none is left", async () => {
    const other = await server.otherProject();
    await createKey(other.operator, [...PROJECT_PERMISSIONS]);
    const keys = await keysOf(other.operator);
    const answers = await Promise.all(
      keys.map(({ managementKeyId }: { managementKeyId: string }) =>
        other.operator.send(DELETE_KEY, { input: { managementKeyId } }),
      ),
    );
    const deleted = answers.filter(({ errors }: { errors: unknown[] }) => errors.length === 0);
    expect(deleted).toHaveLength(1);
  });

  test("are returned without their secret for a repeated idempotency key", async () => {
    const input = { idempotencyKey: "key-once" };
    const first = await createKey(server.operator, ["clients:read"], input);
    const second = await createKey(server.operator, ["clients:read"], input);
    expect(second).toEqual({ ...first, secret: null });
    const { extensions } = await server.operator.failure(CREATE_KEY, {
      input: { name: "Another", permissions: ["CLIENTS_READ"], idempotencyKey: "key-once" },
    });
    expect(extensions.code).toBe("IDEMPOTENCY_CONFLICT");
  });

  test("are listed newest first, page by page", async () => {
    const other = await server.otherProject();
    const created: string[] = [];
    for (let count = 0; count < 4; count++) {
      server.clock.advance(1);
      created.unshift(
        (await createKey(other.operator, ["clients:read"])).managementKey.managementKeyId,
      );
    }
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 3; page++) {
      const { managementKeys } = await other.operator.request(KEYS, { first: 2, after });
      expect(managementKeys.totalCount).toBe(5);
      expect(managementKeys.pageInfo.hasNextPage).toBe(page < 2);
      seen.push(
        ...managementKeys.nodes.map((key: { managementKeyId: string }) => key.managementKeyId),
      );
      after = managementKeys.pageInfo.endCursor;
    }
    expect(seen.slice(0, 4)).toEqual(created);
    expect(new Set(seen).size).toBe(5);
  });

  describe("change", () => {
    const update = async (as: GraphqlClient, input: object) =>
      (await as.request(UPDATE_KEY, { input })).updateManagementKey.managementKey;
    const refusal = async (as: GraphqlClient, input: object) =>
      (await as.failure(UPDATE_KEY, { input })).extensions;
    const inSeconds = (seconds: number) =>
      new Date(server.clock.now().getTime() + seconds * 1000).toISOString();
    const newKey = async (options: object = {}) => {
      const created = await createKey(server.operator, ["clients:read", "clients:write"], options);
      return { ...created, managementKeyId: created.managementKey.managementKeyId };
    };

    test("their name, to fewer permissions and to an earlier end, at once", async () => {
      const { managementKeyId, secret } = await newKey();
      const expiresAt = inSeconds(60);
      const change = { name: "Reader", permissions: ["CLIENTS_READ"], expiresAt };
      server.clock.advance(1);
      expect(await update(server.operator, { managementKeyId, ...change })).toEqual({
        managementKeyId,
        ...change,
        version: 2,
        updatedAt: inSeconds(0),
      });
      await as(secret).request("{ clients { totalCount } }");
      const input = { scopes: [] };
      expect((await as(secret).failure(CREATE_CLIENT, { input })).extensions.code).toBe(
        "FORBIDDEN",
      );
      server.clock.advance(60);
      expect((await as(secret).failure("{ clients { totalCount } }")).extensions.code).toBe(
        "UNAUTHENTICATED",
      );
    });

    test("nothing if nothing is different", async () => {
      const { managementKeyId } = await newKey();
      const permissions = ["CLIENTS_READ", "CLIENTS_WRITE"];
      const same = await update(server.operator, { managementKeyId, name: "A key", permissions });
      expect(same.version).toBe(1);
    });

    test("never to more permissions nor to a later end", async () => {
      const { managementKeyId } = await newKey({ expiresAt: inSeconds(600) });
      for (const [change, where] of [
        [{ permissions: ["CLIENTS_READ", "APIS_READ"] }, ["permissions", 1]],
        [{ permissions: [] }, ["permissions"]],
        [{ expiresAt: inSeconds(601) }, ["expiresAt"]],
        [{ expiresAt: inSeconds(0) }, ["expiresAt"]],
        [{ name: "" }, ["name"]],
      ] as const) {
        expect(await refusal(server.operator, { managementKeyId, ...change })).toEqual({
          code: "BAD_USER_INPUT",
          path: ["input", ...where],
        });
      }
    });

    test("only by callers with all of their permissions", async () => {
      const { managementKeyId } = await newKey();
      const limited = await server.keyWith("management_keys:write", "clients:read");
      expect(await refusal(limited, { managementKeyId, name: "Mine" })).toMatchObject({
        code: "FORBIDDEN",
      });
    });

    test("only in the expected version, and only in their own project", async () => {
      const { managementKeyId } = await newKey();
      expect(await refusal(server.operator, { managementKeyId, expectedVersion: 2 })).toMatchObject(
        { code: "VERSION_CONFLICT" },
      );
      const other = await server.otherProject();
      for (const id of [managementKeyId, "key_unknown"]) {
        expect(await refusal(other.operator, { managementKeyId: id, name: "x" })).toEqual({
          code: "MANAGEMENT_KEY_NOT_FOUND",
        });
      }
    });

    test("unless none would be left that has all permissions for ever", async () => {
      const other = await server.otherProject();
      const [{ managementKeyId }] = await keysOf(other.operator);
      for (const change of [{ permissions: ["CLIENTS_READ"] }, { expiresAt: inSeconds(60) }]) {
        expect(await refusal(other.operator, { managementKeyId, ...change })).toEqual({
          code: "PRECONDITION_FAILED",
        });
      }
      expect(await update(other.operator, { managementKeyId, name: "Root" })).toMatchObject({
        name: "Root",
      });
    });
  });

  describe("for other projects", () => {
    test("are created in the first project only", async () => {
      const manager = await createKey(server.operator, ["projects:read"]);
      await as(manager.secret).request("{ projects { totalCount } }");
      const other = await server.otherProject();
      const { extensions, message } = await other.operator.failure(CREATE_KEY, {
        input: { name: "More", permissions: ["CLIENTS_READ", "PROJECTS_READ"] },
      });
      expect(extensions).toEqual({ code: "FORBIDDEN", path: ["input", "permissions", 1] });
      expect(message).toContain("first project");
    });

    test("have no effect in a project that is not the first", async () => {
      const other = await server.otherProject();
      await server.services.unitOfWork.write((manager) =>
        manager.update(ManagementKey, { projectId: other.projectId }, { permissions: PERMISSIONS }),
      );
      const { extensions } = await other.operator.failure("{ projects { totalCount } }");
      expect(extensions.code).toBe("FORBIDDEN");
      await other.operator.request("{ project { name } }");
    });

    test("are no scopes of access tokens", async () => {
      const input = {
        name: "Own",
        identifier: `${PUBLIC_URL}/projects/${server.projectId}/graphql`,
        scopes: [{ value: "projects:read" }],
      };
      const { extensions } = await server.operator.failure(
        "mutation ($input: CreateApiInput!) { createApi(input: $input) { api { apiId } } }",
        { input },
      );
      expect(extensions.code).toBe("BAD_USER_INPUT");
    });
  });
});
