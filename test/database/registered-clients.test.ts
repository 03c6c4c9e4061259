import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "../../src/clients/client.entity.js";
import { RegisteredClients1797500000000 } from "../../src/database/migrations/1797500000000-registered-clients.js";
import { freshDatabase, revertMigrations, type TestDatabase } from "../support/database.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("a database of before registrars left their clients", () => {
  let database: TestDatabase;
  let server: TestServer;

  beforeAll(async () => {
    database = await freshDatabase();
    server = await startTestServer({ database: database.location });
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  test("keeps registrars, but none that has been deleted, and none that is younger than its client", async () => {
    const registrar = (await createClient(server.operator)).clientId;
    server.clock.advance(1);
    const registeredBy = new Map<string, string | null>();
    for (const id of [registrar, "deleted", "younger", null]) {
      registeredBy.set((await createClient(server.operator)).clientId, id);
    }
    server.clock.advance(1);
    const younger = (await createClient(server.operator)).clientId;
    await server.services.unitOfWork.write(async (manager) => {
      for (const [clientId, id] of registeredBy) {
        const change = { registeredBy: id === "younger" ? younger : id };
        await manager.update(Client, { clientId }, change);
      }
    });
    await revertMigrations(database.location, RegisteredClients1797500000000);
    await server.restart();
    const { read } = server.services.unitOfWork;
    const stored = [...registeredBy.keys()].map((clientId) => read.findOneBy(Client, { clientId }));
    expect((await Promise.all(stored)).map((client) => client?.registeredBy)).toEqual([
      registrar,
      "",
      "",
      null,
    ]);
  });
});
