import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import {
  CREATE_CLIENT,
  createClient,
  issueToken,
  tokenFailure,
  UPDATE_CLIENT,
  updateClient,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("SQLite with a full disk", () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer();
  });

  afterEach(async () => {
    await server.stop();
  });

  const limitPages = (count: number) =>
    server.services.unitOfWork.write((manager) =>
      manager.query(`PRAGMA max_page_count = ${count}`),
    );
  const create = () => server.operator.send(CREATE_CLIENT, { input: { scopes: [] } });
  /** Fills the existing pages and continues until three creations are refused. */
  const fillDisk = async () => {
    await limitPages(1);
    for (let refused = 0; refused < 3; ) {
      const { status } = await create();
      expect([200, 503]).toContain(status);
      if (status === 503) refused++;
    }
  };
  const countClients = async () =>
    (await server.operator.request("{ clients { totalCount } }")).clients.totalCount as number;

  test("keeps every acknowledged change, also after a restart", async () => {
    const client = await createClient(server.operator);
    await issueToken(server.anonymous, client);
    await fillDisk();
    const before = await countClients();
    await limitPages(1_000_000);
    // A conflict rolls its transaction back and must leave no transaction open.
    const stale = { clientId: client.clientId, name: "Stale", expectedVersion: 99 };
    const conflict = await server.operator.failure(UPDATE_CLIENT, { input: stale });
    expect(conflict.extensions.code).toBe("VERSION_CONFLICT");

    const created = await createClient(server.operator);
    expect(await countClients()).toBe(before + 1);
    await issueToken(server.anonymous, created);
    await updateClient(server.operator, { clientId: client.clientId, status: "INACTIVE" });
    await server.restart();

    expect(await countClients()).toBe(before + 1);
    await issueToken(server.anonymous, created);
    const refused = await tokenFailure(server.anonymous, client);
    expect(refused.extensions.code).toBe("INVALID_CLIENT");
  });

  test("gives the first token of a new project, and of a key that has just been rotated", async () => {
    const client = await createClient(server.operator);
    await limitPages(1);
    const write = jest.spyOn(server.services.unitOfWork, "write");
    await issueToken(server.anonymous, client);
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
    await limitPages(1_000_000);
    await server.operator.request(
      "mutation { rotateSigningKey(input: { force: true }) { signingKey { kid } } }",
    );
    await fillDisk();
    await issueToken(server.anonymous, client);
  });

  test("fails the whole unit of work when SQLite rolls its transaction back", async () => {
    const before = await countClients();
    const unit = server.services.unitOfWork.write(async (manager) => {
      await manager.query("DELETE FROM clients");
      // SQLite rolls back on its own when a statement fails because the disk is full.
      await manager.query("ROLLBACK");
      await manager.query("SELECT 1");
    });
    await expect(unit).rejects.toThrow("SQLite has rolled back the transaction by itself");
    await createClient(server.operator);
    expect(await countClients()).toBe(before + 1);
  });
});
