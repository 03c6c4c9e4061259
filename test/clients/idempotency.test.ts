import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CREATE_CLIENT, createClient, DELETE_CLIENT, issueToken } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("a creation with an idempotency key", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const count = async (as = server.operator) =>
    (await as.request("{ clients { totalCount } }")).clients.totalCount;

  test("returns the same client without its secret when repeated", async () => {
    const input = {
      name: "Once",
      idempotencyKey: "once",
      trustedMetadata: { a: 1, b: 2 },
      expiresAt: "2027-01-01T00:00:00Z",
    };
    const first = await createClient(server.operator, input);
    const reordered = { ...input, trustedMetadata: { b: 2, a: 1 } };
    const second = await createClient(server.operator, reordered);
    expect(second).toEqual({ ...first, clientSecret: null });
    await issueToken(server.anonymous, first);
  });

  test("is refused when repeated with another input", async () => {
    await createClient(server.operator, { name: "First", idempotencyKey: "mixed" });
    const before = await count();
    const { extensions } = await server.operator.failure(CREATE_CLIENT, {
      input: { name: "Second", scopes: [], idempotencyKey: "mixed" },
    });
    expect(extensions).toEqual({ code: "IDEMPOTENCY_CONFLICT", path: ["input", "idempotencyKey"] });
    expect(await count()).toBe(before);
  });

  test("creates one client and shows one secret when sent twenty times at once", async () => {
    const before = await count();
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => createClient(server.operator, { idempotencyKey: "many" })),
    );
    expect(new Set(responses.map(({ clientId }) => clientId)).size).toBe(1);
    const withSecret = responses.filter(({ clientSecret }) => clientSecret !== null);
    expect(withSecret).toHaveLength(1);
    expect(await count()).toBe(before + 1);
    await issueToken(server.anonymous, withSecret[0] as (typeof responses)[0]);
  });

  test("is independent of the same key in another project", async () => {
    const other = await server.otherProject();
    const ownClient = await createClient(server.operator, { idempotencyKey: "shared" });
    const otherClient = await createClient(other.operator, { idempotencyKey: "shared" });
    expect(otherClient.clientId).not.toBe(ownClient.clientId);
    expect(otherClient.clientSecret).toMatch(/^csk_/);
  });

  test("is recognized for 24 hours, also after a restart", async () => {
    const first = await createClient(server.operator, { idempotencyKey: "day" });
    server.clock.advance(24 * 3600 - 1);
    await server.restart();
    const second = await createClient(server.operator, { idempotencyKey: "day" });
    expect(second.clientId).toBe(first.clientId);
    server.clock.advance(1);
    const third = await createClient(server.operator, { idempotencyKey: "day" });
    expect(third.clientId).not.toBe(first.clientId);
  });

  test("reports CLIENT_NOT_FOUND once the client is deleted", async () => {
    const { clientId } = await createClient(server.operator, { idempotencyKey: "gone" });
    await server.operator.request(DELETE_CLIENT, { input: { clientId } });
    const { extensions } = await server.operator.failure(CREATE_CLIENT, {
      input: { scopes: ["read:users", "write:users"], idempotencyKey: "gone" },
    });
    expect(extensions.code).toBe("CLIENT_NOT_FOUND");
  });

  test("can be repeated with a valid input after it failed", async () => {
    const input = { name: "", scopes: [], idempotencyKey: "retry" };
    await server.operator.failure(CREATE_CLIENT, { input });
    const { clientSecret } = await createClient(server.operator, { ...input, name: "Good" });
    expect(clientSecret).toMatch(/^csk_/);
  });
});
